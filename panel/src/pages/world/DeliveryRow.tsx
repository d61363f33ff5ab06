/** One delivery: its state, its text, its tries, and what a person can say about it. */
import { Group, Text } from "@mantine/core";

import type { Delivery } from "../../api/types";
import { DeliveryState } from "../../ui/DeliveryState";
import { Fold } from "../../ui/Fold";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { PlainText } from "../../ui/PlainText";
import { DeliveryButtons } from "./DeliveryButtons";
import { Tries } from "./Tries";
import classes from "./World.module.css";

export function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const { id, kind, target, text, thread_id, beat_id, tries } = delivery;
  const last = tries.at(-1);
  return (
    <li className={classes.row} aria-label={`Delivery ${id}`}>
      <div className={classes.what}>
        <Group gap="xs">
          <Text span size="sm">
            <DeliveryState status={delivery.status} reason={delivery.reason} />
          </Text>
          <Text span size="sm" c="dimmed">
            {kind} to {target}
            {thread_id !== null && `, thread ${thread_id}`}, <Instant at={delivery.created_at} />
            {beat_id !== null && (
              <>
                ,{" "}
                <LinkText inherit to="/beats/$beatId" params={{ beatId: String(beat_id) }}>
                  beat {beat_id}
                </LinkText>
              </>
            )}
          </Text>
        </Group>
        {text !== "" && <PlainText size="sm">{text}</PlainText>}
        {last && delivery.status !== "sent" && last.said !== "" && (
          <PlainText size="sm" c="dimmed">{`Last try: ${last.said}`}</PlainText>
        )}
        <When delivery={delivery} />
        {tries.length > 0 && (
          <Fold title={tries.length === 1 ? "1 try" : `${tries.length} tries`}>
            <Tries tries={tries} />
          </Fold>
        )}
      </div>
      <DeliveryButtons delivery={delivery} />
    </li>
  );
}

/** When it is tried next, and when it is given up. */
function When({ delivery: { status, next_try, searching, is_down, target, expires_at } }: { delivery: Delivery }) {
  if (status === "held")
    return (
      <Text size="sm" c="dimmed">
        It leaves when its thread and the timer go on.
        {expires_at !== null && (
          <>
            {" "}
            Given up <Instant at={expires_at} />.
          </>
        )}
      </Text>
    );
  if (status !== "pending") return null;
  return (
    <Text size="sm" c="dimmed">
      {next_try !== null && (
        <>
          {is_down ? `Waits; ${target} is down and is tried again` : searching ? "Looked for there" : "Next try"}{" "}
          <Instant at={next_try} ahead />
          {expires_at !== null && ", "}
        </>
      )}
      {expires_at !== null && (
        <>
          {next_try === null ? "Given up" : "given up"} <Instant at={expires_at} ahead={next_try !== null} />
        </>
      )}
    </Text>
  );
}
