/** A row of the list of threads. */
import { Text } from "@mantine/core";
import { memo } from "react";

import type { Thread } from "../../api/types";
import { LinkText } from "../../ui/links";
import { NextBeat } from "../../ui/NextBeat";
import { Outcome } from "../../ui/Outcome";
import type { Timer } from "../../ui/standing";
import { Strip } from "../../ui/Strip";
import classes from "./Thread.module.css";

interface Props {
  thread: Thread;
  timer: Timer | undefined;
}

export const ListedThread = memo(function ListedThread({ thread, timer }: Props) {
  return (
    <li className={classes.row}>
      <div style={{ minWidth: 0 }}>
        <LinkText to="/threads/$threadId" params={{ threadId: thread.thread_id }} fw={600} size="sm" truncate display="block">
          {thread.thread_id}
        </LinkText>
        {thread.title !== "" && (
          <Text size="xs" c="dimmed" truncate title={thread.title}>
            {thread.title}
          </Text>
        )}
      </div>
      <Text size="sm" component="div" style={{ minWidth: 0 }}>
        {thread.last_status === null ? "no beat yet" : <Outcome status={thread.last_status} reason={thread.last_reason} withReason />}
        <Text size="xs" c="dimmed" truncate>
          <NextBeat thread={thread} timer={timer} />
        </Text>
      </Text>
      <Strip beats={thread.recent} />
    </li>
  );
});
