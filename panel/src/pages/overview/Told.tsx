/** What the agents told the owner, the newest first; nothing is shown before the first tell. */
import { Group, Text } from "@mantine/core";

import { useTold } from "../../api/deliveries";
import { turn } from "../../api/turn";
import type { Told as One } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { deliveryText } from "../../ui/deliveries";
import { DeliveryState } from "../../ui/DeliveryState";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { More } from "../../ui/More";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import classes from "./Told.module.css";

export function Told() {
  const told = useTold();
  const found = told.data?.pages.flatMap((page) => page.items) ?? [];
  if (found.length === 0 && !told.error) return null;
  return (
    <Section title="Told you">
      {told.error && <Problem error={told.error} again={() => void told.refetch()} />}
      {found.length > 0 && (
        <ol className={classes.rows} aria-label="Told you">
          {found.map((each) => (
            <Row key={each.id} told={each} />
          ))}
        </ol>
      )}
      <More shown={told.hasNextPage} onMore={() => turn(told.fetchNextPage, (data) => data?.pages.length ?? 0, told.data)}>
        Older
      </More>
    </Section>
  );
}

function Row({ told }: { told: One }) {
  const { text, thread_id, beat_id, at, connections } = told;
  return (
    <li className={classes.row}>
      <Text size="sm" className={classes.text}>
        <LinkText inherit underline="hover" c="var(--mantine-color-text)" to="/beats/$beatId" params={{ beatId: String(beat_id) }}>
          {asWritten(text)}
        </LinkText>
      </Text>
      <Group gap="sm" fz="xs" c="dimmed">
        <span>{thread_id}</span>
        <Instant at={at} />
        {connections.length === 0 ? (
          <span>shown here alone</span>
        ) : (
          connections.map(({ target, delivery_id, status, reason }) => (
            <span key={delivery_id} title={`${target}: ${deliveryText(status, reason)}`}>
              {target}: <DeliveryState status={status} reason={reason} />
            </span>
          ))
        )}
      </Group>
    </li>
  );
}
