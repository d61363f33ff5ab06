/** Which items are due on the viewer's day. */
import type { InboxItem } from "../../api/types";

/** Return what is due until midnight and is not over, the soonest first. */
export function dueToday(items: readonly InboxItem[], now: number): InboxItem[] {
  const midnight = midnightAfter(now).getTime();
  return items
    .filter((item) => {
      const begins = beginOf(item);
      return begins < midnight && (item.kind !== "event" || endOf(item, begins) > now);
    })
    .sort((a, b) => beginOf(a) - beginOf(b) || a.id - b.id);
}

/** Return the end of the viewer's day. */
export function midnightAfter(now: number): Date {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
}

function beginOf({ due_at }: InboxItem): number {
  return due_at === null ? Infinity : Date.parse(due_at);
}

function endOf({ ends_at }: InboxItem, begins: number): number {
  return ends_at === null ? begins : Date.parse(ends_at);
}
