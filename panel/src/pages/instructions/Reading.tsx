/** What the service reads in the text: sections, tasks, problems and warnings, each with its line. */
import { Alert, Group, List, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCircleX, IconMoonStars } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Reading as Read, Remark } from "../../api/types";
import { durationText } from "../../ui/times";
import classes from "./Instructions.module.css";

interface Props {
  reading: Read;
  onLine: (line: number) => void;
}

const KINDS: Record<string, string> = {
  checklist: "looked at in each beat",
  rules: "conditions, in each beat",
  proactive: "done without being asked",
  tasks: "done when due",
  other: "read as it stands",
};

export function Reading({ reading, onLine }: Props) {
  const { problems = [], warnings = [], sections = [], tasks = [], empty, only_tasks: onlyTasks } = reading;
  return (
    <Stack gap="md">
      {empty && <EmptyNotice />}
      {onlyTasks && (
        <Text size="sm">Only tasks: a beat at which none is due ends at once, and no model is asked.</Text>
      )}
      <Remarks title="Problems" what="cannot be followed" remarks={problems} onLine={onLine}>
        <IconCircleX size={16} aria-hidden color="var(--mantine-color-error)" className={classes.sign} />
      </Remarks>
      <Remarks title="Warnings" what="may not work as meant" remarks={warnings} onLine={onLine}>
        <IconAlertTriangle
          size={16}
          aria-hidden
          color="var(--outcome-awaiting-approval)"
          className={classes.sign}
        />
      </Remarks>
      {tasks.length > 0 && <TaskList tasks={tasks} onLine={onLine} />}
      {sections.map((section) => (
        <SectionItems key={section.line} section={section} onLine={onLine} />
      ))}
    </Stack>
  );
}

function EmptyNotice() {
  return (
    <Alert variant="outline" color="gray" title="Empty: costs nothing" icon={<IconMoonStars aria-hidden />}>
      <Text size="sm">
        The text asks for nothing, so each beat ends at once and no model is asked. Headings, comments and empty
        bullets do not count; write a bullet or a sentence.
      </Text>
    </Alert>
  );
}

interface TaskListProps {
  tasks: NonNullable<Read["tasks"]>;
  onLine: (line: number) => void;
}

function TaskList({ tasks, onLine }: TaskListProps) {
  return (
    <div>
      <Title order={3} size="h6" mb={4}>
        Tasks
      </Title>
      <List listStyleType="none" spacing={6}>
        {tasks.map((task) => (
          <List.Item key={task.line}>
            <Line at={task.line} onLine={onLine}>
              <Text span size="sm" fw={600}>
                {task.name}
              </Text>
              <Text span size="sm" c="dimmed">
                {" "}
                every {durationText(task.interval * 1_000)}
              </Text>
              <Text size="sm" className={classes.words}>
                {task.prompt}
              </Text>
            </Line>
          </List.Item>
        ))}
      </List>
    </div>
  );
}

interface SectionItemsProps {
  section: NonNullable<Read["sections"]>[number];
  onLine: (line: number) => void;
}

function SectionItems({ section, onLine }: SectionItemsProps) {
  const { title, kind, items = [] } = section;
  return (
    <div>
      <Group gap="xs" mb={4}>
        <Title order={3} size="h6" className={classes.words}>
          {title === "" ? "Above the first heading" : title}
        </Title>
        <Text size="sm" c="dimmed">
          {KINDS[kind] ?? kind}
        </Text>
      </Group>
      {items.length === 0 ? (
        <Text size="sm" c="dimmed">
          No list items; sentences are read one by one.
        </Text>
      ) : (
        <List listStyleType="none" spacing={2}>
          {items.map((item) => (
            <List.Item key={item.line}>
              <Line at={item.line} onLine={onLine}>
                <Text size="sm" className={classes.words} {...(item.done && { c: "dimmed", td: "line-through" })}>
                  {item.text}
                  {item.done && " (done: left out)"}
                </Text>
              </Line>
            </List.Item>
          ))}
        </List>
      )}
    </div>
  );
}

interface RemarksProps {
  title: string;
  what: string;
  remarks: readonly Remark[];
  onLine: (line: number) => void;
  children: ReactNode;
}

function Remarks({ title, what, remarks, onLine, children }: RemarksProps) {
  if (remarks.length === 0) return null;
  return (
    <div>
      <Title order={3} size="h6" mb={4}>
        {title}{" "}
        <Text span size="sm" fw={400} c="dimmed">
          {what}
        </Text>
      </Title>
      <List listStyleType="none" spacing={4}>
        {remarks.map(({ line, message }) => (
          <List.Item key={`${line}:${message}`}>
            <Line at={line} onLine={onLine}>
              <Group gap={6} wrap="nowrap" align="flex-start">
                {children}
                <Text size="sm" className={classes.words}>
                  {message}
                </Text>
              </Group>
            </Line>
          </List.Item>
        ))}
      </List>
    </div>
  );
}

interface LineProps {
  at: number;
  onLine: (line: number) => void;
  children: ReactNode;
}

/** A button that shows its content with a line number and moves the editor to that line. */
function Line({ at, onLine, children }: LineProps) {
  return (
    <UnstyledButton className={classes.line} onClick={() => onLine(at)}>
      <span className={classes.number}>line {at}</span>
      <span className={classes.what}>{children}</span>
    </UnstyledButton>
  );
}
