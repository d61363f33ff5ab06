/** One thread of the list. */
import { Text } from "@mantine/core";
import { memo } from "react";

import type { Thread } from "../../api/types";
import { Countdown } from "../../ui/Countdown";
import { LinkText } from "../../ui/links";
import { Outcome } from "../../ui/Outcome";
import { Strip } from "../../ui/Strip";
import classes from "./Thread.module.css";

export const ListedThread = memo(function ListedThread({ thread }: { thread: Thread }) {
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
          <Next thread={thread} />
        </Text>
      </Text>
      <Strip beats={thread.recent} />
    </li>
  );
});

function Next({ thread }: { thread: Thread }) {
  if (thread.status === "paused") return <>paused: {thread.paused_reason}</>;
  if (thread.status === "refused") return <>its config is not allowed</>;
  if (thread.status === "off") return <>only by hand</>;
  return thread.next_due === null ? null : (
    <>
      next <Countdown to={thread.next_due} over="now" />
    </>
  );
}
