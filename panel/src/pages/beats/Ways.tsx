/** The deliveries of a beat: what became of its action at each connection. */
import { Text } from "@mantine/core";

import { useDeliveriesOf } from "../../api/deliveries";
import { DeliveryState } from "../../ui/DeliveryState";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import classes from "./Beat.module.css";

export function Ways({ beat }: { beat: number }) {
  const found = useDeliveriesOf(beat).data?.items ?? [];
  if (found.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        At each connection
      </Text>
      <dl className={classes.facts} aria-label="Deliveries">
        {found.map(({ id, target, status, reason, tries, next_try }) => (
          <div key={id}>
            <dt>{target}</dt>
            <dd>
              <DeliveryState status={status} reason={reason} />
              {tries.length > 1 && `, after ${tries.length} tries`}
              {status === "pending" && next_try !== null && tries.length > 0 && (
                <>
                  , tried again <Instant at={next_try} ahead />
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <Text size="sm">
        <LinkText inherit to="/world">
          All deliveries
        </LinkText>
      </Text>
    </div>
  );
}
