/** One thread: its name, its next beat, the outcome of the last beat, and its strip. */
import { Text } from "@mantine/core";
import { memo } from "react";

import type { Thread } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { NextBeat } from "../../ui/NextBeat";
import { Outcome } from "../../ui/Outcome";
import type { Timer } from "../../ui/standing";
import { Strip } from "../../ui/Strip";
import classes from "./Overview.module.css";

interface Props {
  thread: Thread;
  timer: Timer | undefined;
}

export const ThreadRow = memo(function ThreadRow({ thread, timer }: Props) {
  return (
    <>
      <div className={classes.name}>
        <LinkText to="/threads/$threadId" params={{ threadId: thread.thread_id }} underline="hover" fw={600} truncate display="block" size="sm">
          {thread.thread_id}
        </LinkText>
        <Text size="xs" c="dimmed" lineClamp={2} title={(thread.config_problem ?? thread.title) || undefined}>
          <NextBeat thread={thread} timer={timer} />
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
