import { expect, test } from "vitest";

import { inboxItem } from "../../testing/samples";
import { dueToday, midnightAfter } from "./dueToday";

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString();
const event = (id: number, due_at: string | null, ends_at: string | null = null) => inboxItem(id, { due_at, ends_at });
const ids = (now: Date, ...items: Parameters<typeof dueToday>[0]) => dueToday(items, now.getTime()).map(({ id }) => id);

test("what begins until midnight is due today, the soonest first", () => {
  const now = new Date(2026, 10, 4, 9);
  expect(ids(now, event(1, at(4, 15)), event(2, at(4, 10)), event(3, at(5, 0)), event(4, null))).toEqual([2, 1]);
});

test("what goes on is due, and what is over is not", () => {
  const now = new Date(2026, 10, 4, 9);
  expect(ids(now, event(1, at(3, 0), at(5, 0)), event(2, at(4, 7), at(4, 8)), event(3, at(4, 8)))).toEqual([1]);
});

test("what lasts all day is due on its date in the viewer's zone, from midnight to midnight", () => {
  const fair = { ...event(1, "2026-11-04T00:00:00Z", "2026-11-06T00:00:00Z"), all_day: true };
  const due = (day: number, hour: number, minute = 0) => ids(new Date(2026, 10, day, hour, minute), fair);
  expect([due(3, 23, 59), due(4, 0), due(5, 23, 59), due(6, 0)]).toEqual([[], [1], [1], []]);
});

test("a box that was due before is still due", () => {
  expect(ids(new Date(2026, 10, 4, 9), inboxItem(1, { kind: "task", due_at: at(2, 9) }))).toEqual([1]);
});

test("a day ends at the viewer's midnight, also at the end of a year", () => {
  expect(midnightAfter(new Date(2026, 11, 31, 23, 59).getTime())).toEqual(new Date(2027, 0, 1));
});
