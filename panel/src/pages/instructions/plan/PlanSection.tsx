/** The plan beside the editor: how each line is read, what it lacks, and the form that corrects it. */
import { Alert, List, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleX } from "@tabler/icons-react";

import type { TaggedPlan } from "../../../api/plan";
import type { Plan, PlanProblem } from "../../../api/types";
import { Loading } from "../../../ui/Loading";
import { Problem } from "../../../ui/Problem";
import classes from "../Instructions.module.css";
import { LineButton } from "./LineButton";
import { linesOf, otherProblems } from "./lines";
import { PlanRow } from "./PlanRow";
import { Progress } from "./Progress";

interface Props {
  thread: string | null;
  plan: Plan;
  /** The tag for corrections; null for a text that is not saved, which cannot be corrected. */
  etag: string | null;
  onLine: (line: number) => void;
}

export function PlanSection({ thread, plan, etag, onLine }: Props) {
  const lines = linesOf(plan);
  return (
    <Stack gap="md">
      <Progress plan={plan} />
      <Problems problems={otherProblems(plan)} onLine={onLine} />
      <Dropped plan={plan} />
      {lines.length === 0 ? (
        <Text size="sm">The text asks for nothing: each beat ends at once, and no model is asked.</Text>
      ) : (
        <List listStyleType="none" spacing="sm" aria-label="Lines and how they are read">
          {lines.map((line) => (
            <PlanRow key={line.id} thread={thread} line={line} etag={etag} timezone={plan.timezone} onLine={onLine} />
          ))}
        </List>
      )}
      <Text size="sm" c="dimmed">
        {plan.follows.message}
      </Text>
    </Stack>
  );
}

function Problems({ problems, onLine }: { problems: readonly PlanProblem[]; onLine: (line: number) => void }) {
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

function Dropped({ plan }: { plan: Plan }) {
  if (plan.dropped.length === 0) return null;
  return (
    <Alert variant="outline" color="yellow" title="Corrections that no longer hold">
      <List size="sm" spacing={4}>
        {plan.dropped.map((each) => (
          <List.Item key={`${each.line_text}:${each.at}`}>
            <span className={classes.words}>“{each.line_text}”. {each.message}</span>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

interface ShownProps {
  thread: string | null;
  /** The plan of the text as it is saved. */
  saved: TaggedPlan | undefined;
  /** What is kept of a text that is not saved; undefined where nothing was changed. */
  unsaved: Plan | undefined;
  error: Error | null;
  again: () => void;
  onLine: (line: number) => void;
}

/** The plan of the text in the editor: of the saved one, or what is kept of one that is not. */
export function PlanShown({ thread, saved, unsaved, error, again, onLine }: ShownProps) {
  if (unsaved !== undefined)
    return (
      <Stack gap="md">
        <Text size="sm">Not saved yet: lines that were changed are read once they are saved.</Text>
        <PlanSection thread={thread} plan={unsaved} etag={null} onLine={onLine} />
      </Stack>
    );
  if (saved !== undefined) return <PlanSection thread={thread} plan={saved.plan} etag={saved.etag} onLine={onLine} />;
  if (error) return <Problem error={error} title="The plan cannot be shown" again={again} />;
  return <Loading lines={6} height={18} />;
}
