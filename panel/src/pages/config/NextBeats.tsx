/** The next ten due instants for the values in the form, saved or not. */
import { Text } from "@mantine/core";

import { Countdown } from "../../ui/Countdown";
import { exactText } from "../../ui/times";
import classes from "./Config.module.css";
import { isZone } from "./dayInZone";

interface Props {
  slots: readonly number[] | undefined;
  zone: string;
  /** Why none of them will happen, or null. */
  unless: string | null;
}

export function NextBeats({ slots, zone, unless }: Props) {
  if (slots === undefined || !isZone(zone)) return null;
  const first = slots[0];
  if (first === undefined)
    return (
      <Text size="sm" c="dimmed">
        With these values nothing is ever due.
      </Text>
    );
  const clock = new Intl.DateTimeFormat(undefined, {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        The next ten beats, by the clock in {zone}
        {unless === null && (
          <>
            {"; the first "}
            <Countdown to={new Date(first).toISOString()} over="now" />
          </>
        )}
      </Text>
      <ol className={classes.next} aria-label="The next ten beats">
        {slots.map((slot) => (
          <li key={slot}>
            <time dateTime={new Date(slot).toISOString()} title={exactText(slot)}>
              {clock.format(slot)}
            </time>
          </li>
        ))}
      </ol>
      {unless !== null && (
        <Text size="xs" c="dimmed" mt={4}>
          {unless}
        </Text>
      )}
    </div>
  );
}
