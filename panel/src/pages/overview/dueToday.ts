/** Which items are due on the viewer's day. */
import type { InboxItem } from "../../api/types";
import { localMidnight } from "../../ui/times";

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

function beginOf({ due_at, all_day }: InboxItem): number {
  return due_at === null ? Infinity : instantOf(due_at, all_day);
}

function endOf({ ends_at, all_day }: InboxItem, begins: number): number {
  return ends_at === null ? begins : instantOf(ends_at, all_day);
}

function instantOf(at: string, allDay: boolean): number {
  return allDay ? localMidnight(Date.parse(at)) : Date.parse(at);
}
