import { expect, test } from "vitest";

import { dayAfter, instantAt, localText } from "./zoned";

const BERLIN = "Europe/Berlin";
const iso = (instant: number) => new Date(instant).toISOString();

test.each([
  ["2026-11-30T12:00", BERLIN, "2026-11-30T11:00:00.000Z"],
  ["2026-07-01T00:00", BERLIN, "2026-06-30T22:00:00.000Z"],
  ["2026-11-30T12:00", "Pacific/Auckland", "2026-11-29T23:00:00.000Z"],
  // The clock jumps from 02:00 to 03:00, and later shows 02:00 to 03:00 twice.
  ["2026-03-29T02:30", BERLIN, "2026-03-29T01:30:00.000Z"],
  ["2026-10-25T02:30", BERLIN, "2026-10-25T00:30:00.000Z"],
  ["2026-10-25T03:00", BERLIN, "2026-10-25T02:00:00.000Z"],
])("%s in %s is %s", (local, zone, instant) => {
  expect(iso(instantAt(local, zone))).toBe(instant);
});

test("a local time is what the zone shows", () => {
  expect(localText(Date.parse("2026-11-30T23:30:05Z"), BERLIN)).toBe("2026-12-01T00:30:05");
});

test("days begin where the zone says, also over a change of its clock", () => {
  expect(iso(dayAfter(Date.parse("2026-10-24T23:30:00Z"), 1, BERLIN))).toBe("2026-10-25T23:00:00.000Z");
  expect(iso(dayAfter(Date.parse("2026-02-28T12:00:00Z"), 1, "UTC"))).toBe("2026-03-01T00:00:00.000Z");
});
