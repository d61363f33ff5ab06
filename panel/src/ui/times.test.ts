import { expect, test } from "vitest";

import { bucketText, durationText, exactText, relativeText, secondsText } from "./times";

test.each([
  [-5, "0 s"],
  [0, "0 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [61_000, "1 min 1 s"],
  [3_599_999, "59 min 59 s"],
  [3_600_000, "1 h"],
  [86_399_999, "23 h 59 min"],
  [90_000_000, "1 d 1 h"],
])("a duration of %d ms is %s", (milliseconds, said) => {
  expect(durationText(milliseconds)).toBe(said);
});

test.each([
  [0.04, "0.0 s"],
  [9.96, "10.0 s"],
  [12.7, "12 s"],
  [125, "2 min 5 s"],
])("%d seconds are %s", (seconds, said) => {
  expect(secondsText(seconds)).toBe(said);
});

test.each([
  [0, "just now"],
  [-9_999, "just now"],
  [5_000, "just now"],
  [-10_000, "10 s ago"],
  [-61_000, "1 min ago"],
  [7_200_000, "in 2 h"],
  [-47 * 3_600_000, "47 h ago"],
  [-48 * 3_600_000, "2 d ago"],
])("an instant %d ms away is %s", (away, said) => {
  const now = Date.UTC(2026, 10, 2);
  expect(relativeText(now + away, now)).toBe(said);
});

test("an exact instant names its year and its zone", () => {
  expect(exactText(Date.UTC(2026, 10, 2, 12))).toMatch(/2026.*(UTC|GMT|[A-Z]{2,5})/);
});

test("a bucket of a chart is told by a clock of 24 hours, in any language", () => {
  const evening = new Date(2026, 10, 2, 18).getTime();
  for (const bucket of [3_600, 6 * 3_600]) expect(bucketText(evening, bucket)).toMatch(/18/);
  expect(bucketText(evening, 3_600)).not.toMatch(/M/);
  expect(bucketText(new Date(2026, 10, 2).getTime(), 3_600)).toMatch(/^00/);
});

test("only what is known to come is said to come in a moment", () => {
  const now = Date.UTC(2026, 10, 2);
  expect(relativeText(now + 5_000, now, true)).toBe("in a moment");
  expect(relativeText(now - 5_000, now, true)).toBe("just now");
});
