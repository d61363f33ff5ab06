/** One line of the text beside what is read from it: its rules or its role, its marks, and its buttons. */
import { List, Stack, Text } from "@mantine/core";

import { useCorrect } from "../../../api/plan";
import type { Plan, PlanRule } from "../../../api/types";
import { Problem } from "../../../ui/Problem";
import classes from "../Instructions.module.css";
import { LineButton } from "./LineButton";
import { type PlanLine, wordsOf } from "./lines";
import { MarkLines } from "./MarkLines";
import { RowButtons } from "./RowButtons";

interface Props {
  thread: string | null;
  line: PlanLine;
  /** The tag for corrections; null for a text that is not saved, which cannot be corrected. */
  etag: string | null;
  reading: Plan["reading"];
  /** Null where there is no editor to move in. */
  onLine: ((line: number) => void) | null;
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
      {etag !== null && <RowButtons line={line} etag={etag} confirm={confirm} onCorrect={onCorrect} />}
    </List.Item>
  );
}

export function Rules({ line }: Pick<Props, "line">) {
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
