/** One thread: its name, when it beats next, how the last beat ended, and its strip. */
import { Text } from "@mantine/core";
import { memo } from "react";

import type { Thread } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { Countdown } from "../../ui/Countdown";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { Outcome } from "../../ui/Outcome";
import { Strip } from "../../ui/Strip";
import classes from "./Overview.module.css";

interface Props {
  thread: Thread;
  running: boolean;
}

export const ThreadRow = memo(function ThreadRow({ thread, running }: Props) {
  return (
    <>
      <div className={classes.name}>
        <LinkText to="/threads/$threadId" params={{ threadId: thread.thread_id }} underline="hover" fw={600} truncate display="block" size="sm">
          {thread.thread_id}
        </LinkText>
        <Text size="xs" c="dimmed" truncate title={(thread.config_problem ?? thread.title) || undefined}>
          <Next thread={thread} running={running} />
          {thread.title && ` · ${thread.title}`}
        </Text>
      </div>
      <div className={classes.last}>
        {thread.last_status === null ? (
          <Text size="sm" c="dimmed">
            No beat yet
          </Text>
        ) : (
          <>
            <Text size="sm" truncate component="div">
              <Outcome status={thread.last_status} reason={thread.last_reason} withReason />
              {thread.last_run !== null && (
                <Text span size="xs" c="dimmed">
                  {" · "}
                  <Instant at={thread.last_run} />
                </Text>
              )}
            </Text>
            <Text size="xs" c="dimmed" truncate title={asWritten(thread.last_summary ?? "")}>
              {asWritten(thread.last_summary ?? "")}
            </Text>
          </>
        )}
      </div>
      <div className={classes.strip}>
        <Strip beats={thread.recent} />
      </div>
    </>
  );
});

function Next({ thread, running }: Props) {
  if (thread.status === "paused") return <>paused: {thread.paused_reason ?? "by hand"}</>;
  if (thread.status === "refused") return <>its config is refused: {thread.config_problem}</>;
  if (thread.status === "off") return <>off</>;
  if (!running) return <>waits for the timer</>;
  return thread.next_due === null ? <>nothing due</> : <Countdown to={thread.next_due} over="now" />;
}
