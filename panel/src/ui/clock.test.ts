// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Clock } from "./clock";

beforeEach(() => void vi.useFakeTimers({ now: 10_500 }));
afterEach(() => void vi.useRealTimers());

function turn(state: "hidden" | "visible"): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
}

test("one interval serves all, and stops with the last", () => {
  const clock = new Clock(document);
  const one = vi.fn();
  const other = vi.fn();
  const leave = [clock.subscribe(one), clock.subscribe(other)];
  expect(vi.getTimerCount()).toBe(1);
  one.mockClear();
  vi.advanceTimersByTime(2_000);
  expect(one).toHaveBeenCalledTimes(2);
  expect(other).toHaveBeenCalledTimes(2);
  expect(clock.now(1_000)).toBe(12_000);
  expect(clock.now(5_000)).toBe(10_000);
  for (const each of leave) each();
  expect(vi.getTimerCount()).toBe(0);
});

test("it stands still while the tab is hidden, and is right at once when it is shown again", () => {
  const clock = new Clock(document);
  const follower = vi.fn();
  const leave = clock.subscribe(follower);
  turn("hidden");
  follower.mockClear();
  vi.advanceTimersByTime(60_000);
  expect(follower).not.toHaveBeenCalled();
  turn("visible");
  expect(follower).toHaveBeenCalledTimes(1);
  expect(clock.now(1_000)).toBe(70_000);
  leave();
});
