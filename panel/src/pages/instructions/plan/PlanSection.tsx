/** The plan beside the editor: how each line is read, what it lacks, and the form that corrects it. */
import { List, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleX } from "@tabler/icons-react";
import { useRef } from "react";

import type { Plan, PlanProblem } from "../../../api/types";
import classes from "../Instructions.module.css";
import { Dropped } from "./Dropped";
import { LineButton } from "./LineButton";
import { followsOf, linesOf, otherProblems, type PlanLine } from "./lines";
import { summaryOf } from "./marks";
import { PlanRow } from "./PlanRow";
import { Progress } from "./Progress";

interface Props {
  thread: string | null;
  plan: Plan;
  /** The tag for corrections; null for a text that is not saved, which cannot be corrected. */
  etag: string | null;
  /** Null where there is no editor to move in. */
  onLine: ((line: number) => void) | null;
  onCorrect: (line: PlanLine) => void;
}

export function PlanSection({ thread, plan, etag, onLine, onCorrect }: Props) {
  const lines = linesOf(plan);
  const around = useRef<HTMLDivElement>(null);
  return (
    <Stack gap="md" ref={around} tabIndex={-1} className={classes.plan}>
      <div>
        {lines.length > 0 && <Text size="sm">{summaryOf(lines)}</Text>}
        <Text size="sm" c="dimmed">
          {followsOf(plan)}
        </Text>
      </div>
      <Progress plan={plan} />
      <Problems problems={otherProblems(plan)} onLine={onLine} />
      <Dropped thread={thread} plan={plan} etag={etag} around={around} />
      {lines.length === 0 ? (
        <Text size="sm">The text asks for nothing: each beat ends at once, and no model is asked.</Text>
      ) : (
        <div className={classes.rows}>
          <List listStyleType="none" aria-label="Lines and how they are read">
            {lines.map((line) => (
              <PlanRow
                key={line.id}
                thread={thread}
                line={line}
                etag={etag}
                reading={plan.reading}
                onLine={onLine}
                onCorrect={onCorrect}
              />
            ))}
          </List>
        </div>
      )}
    </Stack>
  );
}

function Problems({ problems, onLine }: { problems: readonly PlanProblem[]; onLine: ((line: number) => void) | null }) {
  if (problems.length === 0) return null;
  return (
    <div>
      <Title order={3} size="h6" mb={4}>
        Problems
      </Title>
      <List listStyleType="none" spacing={4}>
        {problems.map((problem) => (
          <List.Item key={`${problem.line}:${problem.message}`}>
            <LineButton at={problem.line} onLine={onLine}>
              <ProblemText problem={problem} />
            </LineButton>
          </List.Item>
        ))}
      </List>
    </div>
  );
}

function ProblemText({ problem: { message, remedy, is_warning: warning } }: { problem: PlanProblem }) {
  const Sign = warning ? IconAlertTriangle : IconCircleX;
  const color = warning ? "var(--outcome-awaiting-approval)" : "var(--mantine-color-error)";
  return (
    <Text size="sm" className={classes.words}>
      <Sign size={16} aria-label={warning ? "Warning:" : "Problem:"} color={color} className={classes.inline} /> {message}
      {remedy !== null && <Text span c="dimmed">{` ${remedy}`}</Text>}
    </Text>
  );
}
