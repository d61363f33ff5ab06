/** The state of a thread: whether it beats, its next beat, the last outcome, its instructions. */
import { Text } from "@mantine/core";

import type { Thread } from "../../api/types";
import { Countdown } from "../../ui/Countdown";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { Outcome } from "../../ui/Outcome";
import { ownName } from "../../ui/ownName";
import { Section } from "../../ui/Section";
import type { Standing } from "../../ui/standing";
import { Strip } from "../../ui/Strip";
import classes from "./Thread.module.css";

interface Props {
  thread: Thread;
  standing: Standing;
}

export function State({ thread, standing }: Props) {
  return (
    <Section title="How it does">
      <dl className={classes.facts}>
        {thread.title !== "" && <Fact name="Title">{thread.title}</Fact>}
        <Fact name="Next beat">
          <Next due={thread.next_due} standing={standing} waiting={thread.approvals.length} />
        </Fact>
        <Fact name="Last beat">
          {thread.last_status === null ? (
            <Text size="sm" c="dimmed">
              none yet
            </Text>
          ) : (
            <>
              <Outcome status={thread.last_status} reason={thread.last_reason} withReason />{" "}
              <Text span size="sm" c="dimmed">
                <Instant at={thread.last_run} />
              </Text>
            </>
          )}
        </Fact>
        {thread.recent.length > 0 && (
          <Fact name="Last twenty">
            <Strip beats={thread.recent} />
          </Fact>
        )}
        <Fact name="Follows">
          <LinkText to="/instructions" search={{ thread: thread.thread_id }} size="sm">
            {thread.own_instructions ? "its own HEARTBEAT.md" : "the workspace’s HEARTBEAT.md"}
          </LinkText>
        </Fact>
      </dl>
    </Section>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

interface NextProps {
  due: string | null;
  standing: Standing;
  waiting: number;
}

function Next({ due, standing, waiting }: NextProps) {
  const next = due === null ? "nothing due" : <Countdown to={due} over="now" />;
  switch (standing.name) {
    case "paused":
      return <>none while it is paused</>;
    case "refused":
      return <>none until its config is mended</>;
    case "disabled":
      return <>only by hand: scheduled beats are off</>;
    case "timer_stopped":
      return <>waits: the timer is stopped</>;
    case "timer_silent":
      return <>waits: no process runs the timer; start one with heartbeat serve</>;
    case "awaiting_approval":
      return <>{next}; skipped, unless you have answered by then</>;
    case "budget_exhausted":
    case "quiet":
      return (
        <>
          {next}
          <Text size="sm" c="dimmed">
            {standing.sentence}
          </Text>
        </>
      );
    case "beating":
      return (
        <>
          {next}
          {waiting > 0 && (
            <Text size="sm" c="dimmed">
              It beats on while {waiting === 1 ? "an action waits" : `${waiting} actions wait`} for your answer.
            </Text>
          )}
        </>
      );
    default:
      return <>{standing.sentence ?? ownName(standing.name)}</>;
  }
}
