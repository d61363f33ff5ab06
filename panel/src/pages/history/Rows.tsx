/** A list of beats, one per row, with outcome, thread and summary. */
import { Group, Text } from "@mantine/core";

import type { Beat } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { Outcome } from "../../ui/Outcome";
import { secondsText } from "../../ui/times";
import { wokenText } from "../../ui/woken";
import classes from "./Rows.module.css";
import { summaryOf } from "./summaryOf";

export function Rows({ beats }: { beats: readonly Beat[] }) {
  return (
    <ol className={classes.rows} aria-label="Beats">
      {beats.map((beat) => (
        <Row key={beat.id} beat={beat} />
      ))}
    </ol>
  );
}

function Row({ beat }: { beat: Beat }) {
  const tokens = beat.prompt_tokens + beat.completion_tokens;
  return (
    <li className={classes.row}>
      <Text component="div" size="sm" className={classes.outcome}>
        <Outcome status={beat.status} reason={beat.reason} withReason />
      </Text>
      <Text component="div" size="sm" className={classes.thread}>
        <LinkText inherit underline="hover" to="/threads/$threadId" params={{ threadId: beat.thread_id }}>
          {beat.thread_id}
        </LinkText>
      </Text>
      <Text component="div" size="sm" className={classes.summary}>
        <LinkText inherit underline="hover" to="/beats/$beatId" params={{ beatId: String(beat.id) }}>
          {asWritten(summaryOf(beat))}
        </LinkText>
      </Text>
      <Group gap="sm" fz="xs" c="dimmed" className={classes.facts}>
        <span title={wokenText(beat) ?? undefined}>{beat.trigger}</span>
        {tokens > 0 && (
          <span title={`${beat.prompt_tokens} in the prompt, ${beat.completion_tokens} in the answer`}>
            {tokens.toLocaleString()} tokens
          </span>
        )}
        {beat.duration_seconds !== null && <span>{secondsText(beat.duration_seconds)}</span>}
        <Instant at={beat.started_at} />
      </Group>
    </li>
  );
}
