/** Shown in an empty workspace: the steps to the first beat. */
import { Code, List, Text, ThemeIcon } from "@mantine/core";
import { IconCheck, IconNumber1, IconNumber2, IconNumber3, IconNumber4, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

import { useConnections } from "../../api/connections";
import { useInstructionsState } from "../../api/instructions";
import type { Status } from "../../api/types";
import { LinkText } from "../../ui/links";
import { Section } from "../../ui/Section";
import { AddConnection } from "../world/AddConnection";
import { WHAT } from "./Connect";
import { NewThreadForm } from "./NewThread";

export function FirstRun({ status }: { status: Status }) {
  const instructions = useInstructionsState();
  const names = useConnections().data?.items.map((each) => each.name) ?? [];
  return (
    <Section title="Four steps to the first beat">
      <List listStyleType="none" spacing="lg" maw={640} type="ordered">
        <Step icon={IconNumber1} done={status.model.reachable} title="Get a model">
          {status.model.reachable ? <Ready name={status.model.name} /> : <GetModel status={status} />}
        </Step>
        <Step icon={IconNumber2} done={instructions.data === "written"} title="Say what it is to do">
          <Write state={instructions.data} />
        </Step>
        <Step icon={IconNumber3} done={names.length > 0} title="Connect something, if you like">
          <Connect names={names} />
        </Step>
        <Step icon={IconNumber4} done={false} title="Make a thread">
          <Text size="sm" c="dimmed" mb="sm">
            A thread is one conversation with the agent. It has a heartbeat of its own: at its interval the agent reads
            your text, looks at what is new, and acts or stays silent.
          </Text>
          <NewThreadForm id="demo" isFirst />
        </Step>
      </List>
    </Section>
  );
}

interface StepProps {
  icon: Icon;
  done: boolean;
  title: string;
  children: ReactNode;
}

function Step({ icon: Shape, done, title, children }: StepProps) {
  return (
    <List.Item
      styles={{ itemWrapper: { alignItems: "flex-start", width: "100%" }, itemLabel: { flex: 1, minWidth: 0 } }}
      icon={
        <ThemeIcon size={28} radius="xl" variant={done ? "filled" : "default"} aria-hidden>
          {done ? <IconCheck size={16} /> : <Shape size={16} />}
        </ThemeIcon>
      }
    >
      <Text component="h3" fw={600} fz="md">
        {title}
        {done && (
          <Text span c="dimmed" fw={400} size="sm">
            {" "}
            · done
          </Text>
        )}
      </Text>
      {children}
    </List.Item>
  );
}

function Ready({ name }: { name: string }) {
  return (
    <Text size="sm" c="dimmed">
      {name} answers.
    </Text>
  );
}

function GetModel({ status }: { status: Status }) {
  const { name, remedy } = status.model;
  return (
    <Text size="sm" component="div">
      {remedy !== null && <Text size="sm">{remedy}</Text>}
      <Text size="sm" mt={6}>
        Install Ollama from ollama.com, then: <Code>ollama pull {name}</Code>
      </Text>
      <Text size="sm" c="dimmed" mt={6}>
        Until then a thread can follow the rules of its plan that need no model, and says so at each beat; any other
        thread skips its beats. Nothing is lost.
      </Text>
    </Text>
  );
}

function Connect({ names }: { names: readonly string[] }) {
  return (
    <>
      <Text size="sm" c="dimmed" mb="sm">
        {names.length > 0
          ? `There is ${names.join(", ")}. More is on the page `
          : `${WHAT} It can come later too, on the page `}
        <LinkText to="/world" size="sm">
          World
        </LinkText>
        .
      </Text>
      <AddConnection />
    </>
  );
}

function Write({ state }: { state: "missing" | "empty" | "written" | undefined }) {
  const said = {
    missing: "There is no HEARTBEAT.md yet. It holds your standing instructions, in your own words.",
    empty: "HEARTBEAT.md asks for nothing yet. It holds your standing instructions, in your own words.",
    written: "HEARTBEAT.md holds your instructions.",
  };
  return (
    <Text size="sm" c="dimmed">
      {state === undefined ? "HEARTBEAT.md holds your standing instructions." : said[state]}{" "}
      <LinkText to="/instructions" size="sm">
        {state === "written" ? "Read or change it" : "Write it"}
      </LinkText>
    </Text>
  );
}
