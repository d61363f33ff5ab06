import { expect, test } from "vitest";

import { pages, thread } from "../testing/samples";
import type { EventKind } from "../api/types";
import type { LiveEvent } from "./events";
import { afterEvent, pagesAfter, STRIP, withBeat } from "./strips";

function event(kind: EventKind, beat: number | null, more: Record<string, unknown> = {}): LiveEvent {
  return { kind, thread_id: "demo", beat_id: beat, at: "2026-11-02T12:00:00Z", ...more };
}

test("a beat starts and ends in its own place", () => {
  const started = afterEvent(thread("demo"), event("beat.started", 5));
  expect(started.recent).toEqual([{ id: 5, status: "running", reason: null }]);
  const ended = afterEvent(started, event("beat.finished", 5, { status: "acted", reason: null, summary: "Posted." }));
  expect(ended.recent).toEqual([{ id: 5, status: "acted", reason: null }]);
  expect(ended).toMatchObject({ last_beat: 5, last_status: "acted", last_summary: "Posted." });
});

test("the end of an older beat does not become the last", () => {
  const now = thread("demo", { last_beat: 9, last_status: "acted", recent: [{ id: 9, status: "acted", reason: null }] });
  const later = afterEvent(now, event("beat.finished", 8, { status: "failed", reason: "deadline" }));
  expect(later.recent.map((beat) => beat.id)).toEqual([9, 8]);
  expect(later.last_status).toBe("acted");
});

test("a strip never grows beyond its length", () => {
  let recent = thread("demo").recent;
  for (let id = 1; id <= 100; id += 1) recent = withBeat(recent, { id, status: "none", reason: null });
  expect(recent).toHaveLength(STRIP);
  expect(recent[0]?.id).toBe(100);
});

test("a pause shows its reason", () => {
  const paused = afterEvent(thread("demo"), event("thread.paused", null, { reason: "10 failures in a row" }));
  expect(paused).toMatchObject({ status: "paused", paused_reason: "10 failures in a row" });
});

test("only the page with the thread changes", () => {
  const before = pages([thread("alpha")], [thread("demo")]);
  const after = pagesAfter(before, event("beat.started", 1));
  expect(after.pages[0]).toBe(before.pages[0]);
  expect(after.pages[1]?.items[0]?.last_status).toBe("running");
  expect(pagesAfter(before, { ...event("beat.started", 1), thread_id: "unknown" })).toBe(before);
});
