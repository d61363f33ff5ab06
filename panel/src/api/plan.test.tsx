import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { usePlan } from "./plan";

let read = 0;
const OF = 3;

beforeEach(() => {
  read = 0;
  vi.useFakeTimers();
  vi.stubGlobal("fetch", () => {
    read += 1;
    const plan = { reading: { running: read < OF, read, of: OF, model: "small", problem: null } };
    return Promise.resolve(Response.json(plan, { headers: { ETag: '"1"' } }));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("while lines are read the plan is looked at again and again, and then no more", async () => {
  const queries = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => usePlan(null), { wrapper });
  const seen: unknown[] = [];
  for (let looks = 0; looks < OF + 2; looks += 1) {
    await act(() => vi.advanceTimersByTimeAsync(2_100));
    seen.push(result.current.data?.plan.reading.read);
  }
  expect([seen.at(-1), read]).toEqual([OF, OF]);
});
