// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { connect, type Hooks, pause, REST_AFTER } from "./connection";
import type { LiveEvent } from "./events";

class FakeSource extends EventTarget {
  static made: FakeSource[] = [];
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    super();
    FakeSource.made.push(this);
  }

  close(): void {
    this.closed = true;
  }

  tell(kind: string, id: string, body: unknown): void {
    const data = typeof body === "string" ? body : JSON.stringify(body);
    this.dispatchEvent(new MessageEvent(kind, { data, lastEventId: id }));
  }
}

const open = (url: string) => new FakeSource(url) as unknown as EventSource;
function newest(): FakeSource {
  const last = FakeSource.made.at(-1);
  if (!last) throw new Error("no stream was opened");
  return last;
}
const seen: LiveEvent[] = [];
const opened = vi.fn();
const hooks: Hooks = { event: (event) => seen.push(event), opened, lost: () => Promise.resolve(true) };

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.made = [];
  seen.length = 0;
  opened.mockReset();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function turn(state: "hidden" | "visible"): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
}

test("events come as they are; what is none is left out", () => {
  const close = connect(hooks, open);
  newest().tell("beat.finished", "7", { thread_id: "demo", beat_id: 3, at: "2026-11-02T12:00:00Z", status: "acted" });
  newest().tell("beat.finished", "8", "no json");
  newest().tell("something.new", "9", {});
  expect(seen).toEqual([
    { kind: "beat.finished", thread_id: "demo", beat_id: 3, at: "2026-11-02T12:00:00Z", status: "acted" },
  ]);
  close();
  expect(newest().closed).toBe(true);
});

test("after a cut it goes on behind the last event it saw, and says that it was away", async () => {
  const close = connect(hooks, open);
  expect(newest().url).toBe("/api/heartbeat/events");
  newest().onopen?.();
  expect(opened).toHaveBeenCalledTimes(1);
  newest().tell("timer.started", "41", {});
  newest().tell("beat.node", "41", { beat_id: 1 });
  newest().onerror?.();
  expect(newest().closed).toBe(true);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(FakeSource.made).toHaveLength(2);
  expect(newest().url).toBe("/api/heartbeat/events?after=41");
  newest().onopen?.();
  expect(opened).toHaveBeenCalledTimes(2);
  close();
});

test("it waits longer at each failure, and never long", async () => {
  expect(pause(0, 0.5)).toBe(1_000);
  expect(pause(3, 0.5)).toBe(8_000);
  expect(pause(1_000, 1)).toBe(18_750);
  const close = connect(hooks, open);
  for (let failures = 0; failures < 20; failures += 1) {
    newest().onerror?.();
    await vi.advanceTimersByTimeAsync(20_000);
  }
  expect(FakeSource.made).toHaveLength(21);
  close();
});

test("it does not come back where the page has to log in, nor after it was closed", async () => {
  const closeFirst = connect({ ...hooks, lost: () => Promise.resolve(false) }, open);
  newest().onerror?.();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSource.made).toHaveLength(1);
  closeFirst();
  const close = connect(hooks, open);
  newest().onerror?.();
  close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSource.made).toHaveLength(2);
});

test("a tab that stays hidden gives its stream back, and looks at everything when it is shown again", async () => {
  const close = connect(hooks, open);
  newest().onopen?.();
  newest().tell("timer.started", "41", {});
  turn("hidden");
  await vi.advanceTimersByTimeAsync(REST_AFTER / 2);
  turn("visible");
  await vi.advanceTimersByTimeAsync(2 * REST_AFTER);
  expect(newest().closed).toBe(false);
  turn("hidden");
  await vi.advanceTimersByTimeAsync(REST_AFTER);
  expect(newest().closed).toBe(true);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(FakeSource.made).toHaveLength(1);
  turn("visible");
  expect(newest().url).toBe("/api/heartbeat/events");
  newest().onopen?.();
  expect(opened).toHaveBeenCalledTimes(2);
  close();
  turn("visible");
  expect(FakeSource.made).toHaveLength(2);
});

test("a tab that is opened behind another one asks for its stream when it is shown", () => {
  turn("hidden");
  const close = connect(hooks, open);
  expect(FakeSource.made).toHaveLength(0);
  turn("visible");
  expect(FakeSource.made).toHaveLength(1);
  close();
});

test("a stream that is lost while the tab is hidden is not opened again there", async () => {
  const close = connect(hooks, open);
  turn("hidden");
  newest().onerror?.();
  await vi.advanceTimersByTimeAsync(0);
  await vi.advanceTimersByTimeAsync(600_000);
  const made = FakeSource.made.length;
  expect(newest().closed).toBe(true);
  turn("visible");
  expect(FakeSource.made).toHaveLength(made + 1);
  close();
});
