/** One line of the text beside what is read from it: its rules or its role, its marks, and its buttons. */
import { Button, List, Stack, Text } from "@mantine/core";
import { useRef } from "react";

import { useCorrect } from "../../../api/plan";
import type { Plan, PlanRule } from "../../../api/types";
import { Problem } from "../../../ui/Problem";
import classes from "../Instructions.module.css";
import { asRead } from "./form";
import { LineButton } from "./LineButton";
import { type PlanLine, wordsOf } from "./lines";
import { MarkLines } from "./MarkLines";
import { marksOf, nameOf } from "./marks";

interface Props {
  thread: string | null;
  line: PlanLine;
  /** The tag for corrections; null for a text that is not saved, which cannot be corrected. */
  etag: string | null;
  reading: Plan["reading"];
  onLine: (line: number) => void;
  onCorrect: (line: PlanLine) => void;
}

export function PlanRow({ thread, line, etag, reading, onLine, onCorrect }: Props) {
  const confirm = useCorrect(thread);
  return (
    <List.Item className={classes.row} classNames={{ itemWrapper: classes.rowWrapper, itemLabel: classes.rowParts }}>
      <div className={classes.written}>
        <LineButton at={line.line} onLine={onLine}>
          <Text size="sm" c="dimmed" className={classes.words}>
            {line.text}
          </Text>
        </LineButton>
      </div>
      <Stack gap={6} className={classes.read}>
        <Rules line={line} />
        <MarkLines line={line} reading={reading} saved={etag !== null} />
        {confirm.error && <Problem error={confirm.error} title="It was not saved" />}
      </Stack>
      {etag !== null && <Buttons line={line} etag={etag} confirm={confirm} onCorrect={onCorrect} />}
    </List.Item>
  );
}

function Rules({ line }: Pick<Props, "line">) {
  if (line.rules.length === 0) {
    const words = wordsOf(line);
    return words === null ? null : <Text size="sm">{words}</Text>;
  }
  return line.rules.map((rule) => (
    <div key={rule.id}>
      <Text size="sm" fw={500} className={classes.words}>
        {rule.says}
      </Text>
      <Needs rule={rule} />
    </div>
  ));
}

function Needs({ rule: { needs, lacks } }: { rule: PlanRule }) {
  if (needs.length === 0 || lacks.length > 0) return null;
  return (
    <Text size="xs" c="dimmed">
      Needs {needs.join(", ")}: it is there.
    </Text>
  );
}

interface ButtonsProps extends Pick<Props, "line" | "onCorrect"> {
  etag: string;
  confirm: ReturnType<typeof useCorrect>;
}

function Buttons({ line, etag, confirm, onCorrect }: ButtonsProps) {
  const correct = useRef<HTMLButtonElement>(null);

  /** The button goes with the doubt, so the keyboard's focus goes to the one that stays. */
  function agree(): void {
    correct.current?.focus();
    if (!confirm.isPending) confirm.mutate({ line: line.id, etag, body: asRead(line) });
  }

  return (
    <div className={classes.buttons}>
      {marksOf(line).includes("unsure") && (
        <Button
          size="compact-xs"
          variant="default"
          aria-busy={confirm.isPending}
          aria-label={nameOf("It is right:", line)}
          onClick={agree}
        >
          It is right
        </Button>
      )}
      <Button
        ref={correct}
        size="compact-xs"
        variant="default"
        aria-label={nameOf("Correct", line)}
        onClick={() => onCorrect(line)}
      >
        Correct
      </Button>
    </div>
  );
}
