import { expect, test } from "vitest";

import { endText, type TypedUntil, typedUntil, unlifted, untilOf } from "./until";

const ZONE = "Europe/Berlin";
/** A Wednesday, at 23:30 in Berlin. */
const SPOKEN = { saidAt: "2026-12-02T22:30:00Z", liftedAt: null };
const EMPTY = typedUntil(null, ZONE);

function ends(more: Partial<TypedUntil>): unknown {
  const until = untilOf({ ...EMPTY, ...more }, SPOKEN, ZONE);
  return until === null || typeof until === "string" ? until : until.instant;
}

test.each([
  [{ how: "none" }, null],
  [{ how: "today" }, "2026-12-02T23:00:00.000Z"],
  [{ how: "weekday", weekday: "4" }, "2026-12-03T23:00:00.000Z"],
  [{ how: "weekday", weekday: "2" }, "2026-12-08T23:00:00.000Z"],
  [{ how: "weekday", weekday: "6" }, "2026-12-05T23:00:00.000Z"],
  [{ how: "date", date: "2026-12-24T18:00" }, "2026-12-24T17:00:00.000Z"],
  [{ how: "span", number: "2", unit: "hours" }, "2026-12-03T00:30:00.000Z"],
  [{ how: "span", number: "3", unit: "days" }, "2026-12-05T22:30:00.000Z"],
] as const)("an end that is typed as %j is %s", (more, instant) => {
  expect(ends(more)).toBe(instant);
});

test.each([
  [{ how: "date", date: "" }, "A date with a time."],
  [{ how: "span", number: "soon" }, "A whole number from 1 to 1000."],
  [{ how: "span", number: "1001" }, "A whole number from 1 to 1000."],
] as const)("what cannot be understood is said: %j", (more, said) => {
  expect(ends(more)).toBe(said);
});

test("the next message is no instant", () => {
  expect(untilOf({ ...EMPTY, how: "next" }, SPOKEN, ZONE)).toEqual({ instant: null, next_message: true });
});

test("an end that is opened and saved stays the same, with its seconds", () => {
  const until = { instant: "2026-12-04T11:12:13Z", next_message: false };
  expect(typedUntil(until, ZONE).date).toBe("2026-12-04T12:12");
  expect(untilOf(typedUntil(until, ZONE), SPOKEN, ZONE)).toEqual(until);
});

test("an order that was lifted has the end that it had before", () => {
  const lifted = { ...SPOKEN, liftedAt: "2026-12-03T08:00:00Z" };
  expect(unlifted({ instant: "2026-12-03T08:00:00+00:00", next_message: true }, lifted)).toEqual({
    instant: null,
    next_message: true,
  });
  expect(unlifted({ instant: lifted.liftedAt, next_message: false }, lifted)).toBeNull();
  const own = { instant: "2026-12-03T07:00:00Z", next_message: false };
  expect(unlifted(own, lifted)).toBe(own);
});

test("the form says when that is, and whether it is over", () => {
  const typed: TypedUntil = { ...EMPTY, how: "today" };
  expect(endText(typed, SPOKEN, ZONE, Date.parse("2026-12-02T22:45:00Z"))).toMatch(/^It ends on .*\(Europe\/Berlin\)\.$/);
  expect(endText(typed, SPOKEN, ZONE, Date.parse("2026-12-02T23:45:00Z"))).toMatch(/^It has ended on /);
  expect(endText(EMPTY, SPOKEN, ZONE, 0)).toBeNull();
});
