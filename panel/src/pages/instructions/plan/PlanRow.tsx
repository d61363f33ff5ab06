/** One line of the text with what is read from it: its rules or its role, what it lacks, and who decided. */
import { Badge, Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import type { PlanRule } from "../../../api/types";
import { Instant } from "../../../ui/Instant";
import { LinkText } from "../../../ui/links";
import classes from "../Instructions.module.css";
import { CorrectForm } from "./CorrectForm";
import { LineButton } from "./LineButton";
import { correctionOf, isUnsure, type PlanLine, wordsOf } from "./lines";

interface Props {
  thread: string | null;
  line: PlanLine;
  etag: string | null;
  timezone: string;
  onLine: (line: number) => void;
}

export function PlanRow({ thread, line, etag, timezone, onLine }: Props) {
  return (
    <List.Item className={classes.row}>
      <LineButton at={line.line} onLine={onLine}>
        <Text size="sm" c="dimmed" className={classes.words}>
          {line.text}
        </Text>
        {line.rules.map((rule) => (
          <Text key={rule.id} size="sm" className={classes.words}>
            {rule.says}
          </Text>
        ))}
        {line.rules.length === 0 && <Text size="sm">{wordsOf(line)}</Text>}
      </LineButton>
      <Stack gap={4} className={classes.beneath}>
        {line.rules.map((rule) => (
          <Lacking key={rule.id} rule={rule} />
        ))}
        <Group gap="xs">
          <Marks line={line} />
          {etag !== null && (
            <CorrectButton thread={thread} line={line} etag={etag} timezone={timezone} />
          )}
        </Group>
      </Stack>
    </List.Item>
  );
}

function Lacking({ rule }: { rule: PlanRule }) {
  return (
    <>
      {rule.needs.length > 0 && rule.lacks.length === 0 && (
        <Text size="xs" c="dimmed">
          Needs {rule.needs.join(", ")}: it is there.
        </Text>
      )}
      {rule.lacks.map(({ message, remedy }) => (
        <Text key={message} size="sm" className={classes.words}>
          <b>Cannot be followed.</b> {message} {remedy}{" "}
          {remedy.includes("connections add") && <LinkText to="/world">Connect something</LinkText>}
        </Text>
      ))}
    </>
  );
}

function Marks({ line }: { line: PlanLine }) {
  const made = correctionOf(line);
  return (
    <>
      {isUnsure(line) && made === null && (
        <Badge variant="outline" color="yellow" tt="none">
          not sure: is this what you mean?
        </Badge>
      )}
      {made !== null && (
        <Badge variant="outline" color="blue" tt="none">
          corrected by {made.by}
          {made.at !== null && (
            <>
              {" "}
              <Instant at={made.at} />
            </>
          )}
        </Badge>
      )}
    </>
  );
}

function CorrectButton({ thread, line, etag, timezone }: Omit<Props, "etag" | "onLine"> & { etag: string }) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="compact-xs" variant="default" onClick={open} aria-label={`Correct line ${line.line}`}>
        Correct
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={`What line ${line.line} asks for`}
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <CorrectForm thread={thread} line={line} etag={etag} timezone={timezone} onClose={close} />
      </Modal>
    </>
  );
}
