/** How a thread does: whether it beats, when next, how the last beat ended, what it follows. */
import { Text } from "@mantine/core";

import { useStatus } from "../../api/status";
import type { Thread } from "../../api/types";
import { Countdown } from "../../ui/Countdown";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { Outcome } from "../../ui/Outcome";
import { Section } from "../../ui/Section";
import { Strip } from "../../ui/Strip";
import classes from "./Thread.module.css";

export function State({ thread }: { thread: Thread }) {
  return (
    <Section title="How it does">
      <dl className={classes.facts}>
        {thread.title !== "" && <Fact name="Title">{thread.title}</Fact>}
        <Fact name="Next beat">
          <Next thread={thread} />
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

function Next({ thread }: { thread: Thread }) {
  const running = useStatus().data?.running;
  if (thread.status === "paused") return <>none while it is paused</>;
  if (thread.status === "refused") return <>none until its config is mended</>;
  if (thread.status === "off") return <>only by hand: scheduled beats are off</>;
  if (running === false) return <>waits: the timer is stopped</>;
  return thread.next_due === null ? <>nothing due</> : <Countdown to={thread.next_due} over="now" />;
}
