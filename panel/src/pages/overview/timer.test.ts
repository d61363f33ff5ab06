import { expect, test } from "vitest";

import { timerOf } from "./timer";

const NOW = Date.parse("2026-11-02T12:00:05Z");
const running = { running: true, enabled: true, lag_seconds: 0, last_tick: "2026-11-02T12:00:00Z" };

test("a timer that ticks in time runs", () => {
  expect(timerOf({ ...running, lag_seconds: 9 }, NOW)).toEqual({ value: "Running", said: null, well: true });
});

test("a beat that is late is told with its delay", () => {
  expect(timerOf({ ...running, lag_seconds: 125 }, NOW)).toMatchObject({
    value: "Behind",
    said: "A beat is late by 2 min 5 s",
    well: false,
  });
});

test("a stopped timer is no fault", () => {
  expect(timerOf({ ...running, running: false, lag_seconds: 999 }, NOW)).toMatchObject({ value: "Stopped", well: null });
});

test("a switch that is on where nothing ticks is one", () => {
  expect(timerOf({ ...running, enabled: false, last_tick: null }, NOW)).toMatchObject({ value: "No timer", well: false });
});

test("nor does one tick that was there long ago, in a process that has ended", () => {
  expect(timerOf({ ...running, enabled: false, last_tick: "2026-11-02T11:00:00Z" }, NOW)).toMatchObject({ value: "No timer" });
});
