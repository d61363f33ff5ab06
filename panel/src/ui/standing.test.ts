import { expect, test } from "vitest";

import type { Thread } from "../api/types";
import { thread } from "../testing/samples";
import { standingOf, timerState } from "./standing";

const NOW = Date.parse("2026-11-02T12:00:00Z");

function obstacle(name: Thread["state"]["name"], until: string | null = null): Thread["state"] {
  return { name, sentence: `${name}.`, until, remedy: null };
}

const QUIET = obstacle("quiet", "2026-11-02T13:00:00Z");
const WAITS = obstacle("awaiting_approval", "2026-11-03T12:00:00Z");
const SILENT = obstacle("timer_silent");

test.each([
  ["nothing is in its way", {}, "on", "beating"],
  ["paused by an event, before the thread was asked for", { status: "paused", paused_reason: "tired" }, "on", "paused"],
  ["refused", { status: "refused", config_problem: "every" }, "stopped", "refused"],
  ["off", { status: "off", obstacles: [obstacle("disabled"), QUIET] }, "on", "disabled"],
  ["the timer was stopped after the thread was asked for", {}, "stopped", "timer_stopped"],
  ["no timer", {}, "silent", "timer_silent"],
  ["the timer has come since", { state: SILENT, obstacles: [SILENT, QUIET] }, "on", "quiet"],
  ["several that pass", { state: WAITS, obstacles: [WAITS, QUIET] }, "on", "awaiting_approval"],
  ["no status yet", { state: SILENT, obstacles: [SILENT] }, undefined, "timer_silent"],
  ["what has ended", { state: QUIET, obstacles: [obstacle("quiet", "2026-11-02T11:59:00Z")] }, "on", "beating"],
] as const)("what keeps a thread from beating: %s", (_, more, timer, name) => {
  expect(standingOf(thread("demo", more as Partial<Thread>), timer, NOW).name).toBe(name);
});

test("the service's sentence comes with it", () => {
  expect(standingOf(thread("demo", { obstacles: [QUIET] }), "on", NOW)).toMatchObject({ sentence: "quiet.", until: QUIET.until });
  expect(standingOf(thread("demo"), "stopped", NOW)).toEqual({ name: "timer_stopped", sentence: null, until: null });
});

test.each([
  [{ running: false, enabled: true, last_tick: "2026-11-02T12:00:00Z" }, "stopped"],
  [{ running: true, enabled: true, last_tick: null }, "on"],
  [{ running: true, enabled: false, last_tick: null }, "silent"],
  [{ running: true, enabled: false, last_tick: "2026-11-02T11:59:30Z" }, "on"],
  [{ running: true, enabled: false, last_tick: "2026-11-02T11:58:00Z" }, "silent"],
] as const)("a timer: %o is %s", (status, timer) => {
  expect(timerState(status, NOW)).toBe(timer);
});
