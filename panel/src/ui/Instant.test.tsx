import { act, screen } from "@testing-library/react";
import { Profiler } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { show } from "../testing/render";
import { Countdown } from "./Countdown";
import { Instant } from "./Instant";

beforeEach(() => void vi.useFakeTimers({ now: Date.parse("2026-11-02T12:00:00Z") }));
afterEach(() => void vi.useRealTimers());

test("times are drawn anew when they say something else, not each second", () => {
  const drawn = vi.fn();
  show(
    <Profiler id="times" onRender={drawn}>
      <Instant at="2026-11-02T11:50:00Z" /> <Countdown to="2026-11-02T15:00:30Z" /> <Instant at={null} />
    </Profiler>,
  );
  act(() => void vi.advanceTimersByTime(1_000));
  expect(screen.getByText("10 min ago")).toBeTruthy();
  expect(screen.getByText("in 3 h")).toBeTruthy();
  expect(screen.getByText("never")).toBeTruthy();
  drawn.mockClear();
  act(() => void vi.advanceTimersByTime(20_000));
  expect(drawn).not.toHaveBeenCalled();
  act(() => void vi.advanceTimersByTime(40_000));
  expect(screen.getByText("11 min ago")).toBeTruthy();
  expect(screen.getByText("in 2 h 59 min")).toBeTruthy();
});
