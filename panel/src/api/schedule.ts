/** The due slots of a thread for given values, saved or not. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys } from "./queries";

/** The values that decide when a thread beats, as query parameters of the API. */
export interface Plan {
  thread?: string;
  every: string;
  timezone: string;
  all_day?: true;
  start?: string;
  end?: string;
}

/** The maximum number of slots in one response. */
const MOST = 1_000;
/** The number of calls that a day with a beat every minute (1,440 slots) needs. */
const CALLS = 2;

async function slots(plan: Plan, n: number, from: number | null, signal: AbortSignal): Promise<number[]> {
  const query = { ...plan, n, ...(from !== null && { from: new Date(from).toISOString() }) };
  const answer = await call(client.GET("/api/heartbeat/schedule", { params: { query }, signal }));
  return answer.slots.map((slot) => Date.parse(slot));
}

/** The next `n` due instants, in milliseconds; fetched again when the first of them has passed. */
export function useNextSlots(plan: Plan, n: number) {
  return useQuery({
    queryKey: [...keys.schedule, "next", plan, n],
    queryFn: ({ signal }) => slots(plan, n, null, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => {
      const first = state.data?.[0];
      return first === undefined ? false : Math.max(1_000, Math.min(first - Date.now() + 1_000, 86_400_000));
    },
  });
}

/** All due instants from `start` (inclusive) to `end` (exclusive), a day apart; in milliseconds. */
export function useSlotsBetween(plan: Plan, start: number, end: number) {
  return useQuery({
    queryKey: [...keys.schedule, "between", plan, start, end],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      let found: number[] = [];
      for (let asked = 0; asked < CALLS; asked += 1) {
        const more = await slots(plan, MOST, found.at(-1) ?? start - 1_000, signal);
        found = [...found, ...more];
        if (more.length < MOST || (more.at(-1) ?? end) >= end) break;
      }
      return found.filter((slot) => slot < end);
    },
  });
}
