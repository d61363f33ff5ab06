/** What is due today, the soonest first; nothing is shown where nothing is. */
import { Group, Text } from "@mantine/core";

import { useDue } from "../../api/inbox";
import type { InboxItem } from "../../api/types";
import { useNow } from "../../ui/clock";
import { DueTime } from "../../ui/DueTime";
import { ItemOut } from "../../ui/ItemOut";
import { LinkText } from "../../ui/links";
import { Section } from "../../ui/Section";
import { straight } from "../../ui/straight";
import { withOffset } from "../../ui/times";
import { dueToday, midnightAfter } from "./dueToday";
import classes from "./Told.module.css";

const MINUTE = 60_000;
const SHOWN = 8;

export function Due() {
  const now = useNow(MINUTE);
  // Faults are shown on the page of the world; here they would stand for an empty day.
  const due = dueToday(useDue(withOffset(midnightAfter(now))).data?.items ?? [], now);
  if (due.length === 0) return null;
  const more = due.length - SHOWN;
  return (
    <Section title="Due today">
      <ol className={classes.rows} aria-label="Due today">
        {due.slice(0, SHOWN).map((each) => (
          <Row key={each.id} item={each} />
        ))}
      </ol>
      {more > 0 && (
        <LinkText to="/world" search={{ kind: "event" }} size="sm">
          {more} more
        </LinkText>
      )}
    </Section>
  );
}

function Row({ item: { title, due_at, all_day, connection, url } }: { item: InboxItem }) {
  return (
    <li className={classes.row}>
      <Text size="sm" className={classes.text}>
        {title === "" ? "Appointment without a title" : straight(title)}
      </Text>
      <Group gap="sm" fz="xs" c="dimmed">
        {due_at !== null && <DueTime at={due_at} allDay={all_day} />}
        <span>{connection}</span>
        <ItemOut url={url} />
      </Group>
    </li>
  );
}
