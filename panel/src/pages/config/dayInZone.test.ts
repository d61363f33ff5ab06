import { expect, test } from "vitest";

import { clockMinute, dayAround, isZone, minuteOf, openParts } from "./dayInZone";

const at = (text: string) => Date.parse(text);
const HOUR = 3_600_000;

test("a day begins at midnight of its own zone", () => {
  const { start, end } = dayAround(at("2026-11-02T03:30:00Z"), "America/New_York");
  expect([start, end]).toEqual([at("2026-11-01T04:00:00Z"), at("2026-11-02T05:00:00Z")]);
  expect(dayAround(at("2026-06-15T00:00:00Z"), "UTC").start).toBe(at("2026-06-15T00:00:00Z"));
  expect(dayAround(at("2026-06-14T23:00:00Z"), "Asia/Kathmandu").start).toBe(at("2026-06-14T18:15:00Z"));
});

test.each([
  // The clock is put forward (23 hours) or back (25 hours).
  ["2026-03-29T10:00:00Z", "Europe/Berlin", 23],
  ["2026-03-29T00:30:00Z", "Europe/Berlin", 23],
  ["2026-10-25T20:00:00Z", "Europe/Berlin", 25],
  ["2026-10-24T22:30:00Z", "Europe/Berlin", 25],
  // A shift of half an hour, and a midnight that does not exist.
  ["2026-04-04T20:00:00Z", "Australia/Lord_Howe", 24.5],
  ["2026-09-06T15:00:00Z", "America/Santiago", 23],
  ["2026-11-02T12:00:00Z", "UTC", 24],
])("the day around %s in %s has %d hours", (instant, zone, hours) => {
  const { start, end } = dayAround(at(instant), zone);
  expect((end - start) / HOUR).toBe(hours);
  expect(start).toBeLessThanOrEqual(at(instant));
  expect(end).toBeGreaterThan(at(instant));
});

test("an instant lies where the clock on the wall shows it", () => {
  expect(minuteOf(at("2026-11-02T12:30:30Z"), "Europe/Berlin")).toBe(13 * 60 + 30.5);
  expect(minuteOf(at("2026-11-02T23:00:00Z"), "Europe/Berlin")).toBe(0);
});

test("active hours are one part of the day, or two where they wrap midnight", () => {
  expect(openParts(null)).toEqual([[0, 1440]]);
  expect(openParts({ start: "08:00", end: "23:30" })).toEqual([[480, 1410]]);
  expect(openParts({ start: "22:00", end: "6" })).toEqual([
    [0, 360],
    [1320, 1440],
  ]);
  expect(openParts({ start: "20:00", end: "00:00" })).toEqual([[1200, 1440]]);
  expect(openParts({ start: "08:00", end: "24:00" })).toEqual([[480, 1440]]);
  expect(openParts({ start: "08:00", end: "08:00" })).toBeNull();
  expect(openParts({ start: "eight", end: "10" })).toBeNull();
});

test("clock times and zones", () => {
  expect(clockMinute("24:30")).toBeNull();
  expect(clockMinute("08:75")).toBeNull();
  expect(isZone("Europe/Berlin")).toBe(true);
  expect(isZone("Europe/Atlantis")).toBe(false);
  expect(isZone("")).toBe(false);
});
