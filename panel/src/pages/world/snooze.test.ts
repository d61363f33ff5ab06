import { expect, test } from "vitest";

import { snoozes } from "./snooze";

const chosen = (now: Date) => snoozes(now).map(({ until }) => until);

test("an hour, the next morning, and that of the next Monday", () => {
  const now = new Date(2026, 10, 4, 23, 30); // a Wednesday
  expect(chosen(now)).toEqual([new Date(2026, 10, 5, 0, 30), new Date(2026, 10, 5, 8), new Date(2026, 10, 9, 8)]);
});

test("on a Monday, next week is the one after, and on a Sunday it begins tomorrow", () => {
  expect(chosen(new Date(2026, 10, 2, 7))[2]).toEqual(new Date(2026, 10, 9, 8));
  expect(chosen(new Date(2026, 10, 8, 7))[2]).toEqual(new Date(2026, 10, 9, 8));
});
