import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Throttle } from "./throttle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("at once, then once for all that came in the while", () => {
  const throttle = new Throttle();
  const work = vi.fn();
  for (let call = 0; call < 100; call += 1) throttle.run("a", 1_000, work);
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(10_000);
  expect(work).toHaveBeenCalledTimes(2);
  throttle.run("a", 1_000, work);
  expect(work).toHaveBeenCalledTimes(3);
});

test("names do not hold each other up, and nothing comes after stop", () => {
  const throttle = new Throttle();
  const work = vi.fn();
  throttle.run("a", 1_000, work);
  throttle.run("b", 1_000, work);
  throttle.run("b", 1_000, work);
  expect(work).toHaveBeenCalledTimes(2);
  throttle.stop();
  vi.advanceTimersByTime(10_000);
  expect(work).toHaveBeenCalledTimes(2);
});
