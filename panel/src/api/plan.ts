/** The plan: how each line of the instructions is read, and the corrections of people. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client, whole } from "./client";
import { keys, stale } from "./queries";
import type { Plan, PlanBody, PlanNow } from "./types";

/** Milliseconds between two looks at how far the lines are read. */
const READING = 2_000;

/** A plan with the tag that a correction must send. */
export interface TaggedPlan {
  plan: Plan;
  etag: string;
}

function planKey(thread: string | null) {
  return [...keys.plan, thread] as const;
}

function query(thread: string | null) {
  return thread === null ? {} : { thread };
}

async function fetched(thread: string | null, signal?: AbortSignal): Promise<TaggedPlan> {
  const { data, response } = await whole(
    client.GET("/api/heartbeat/plan", { params: { query: query(thread) }, ...(signal ? { signal } : {}) }),
  );
  return { plan: data as Plan, etag: strong(response) };
}

/** A compressing proxy makes a tag weak, which `If-Match` does not accept. */
function strong(response: Response): string {
  return (response.headers.get("ETag") ?? "").replace(/^W\//, "");
}

export function usePlan(thread: string | null) {
  return useQuery({
    queryKey: planKey(thread),
    queryFn: ({ signal }) => fetched(thread, signal),
    // The text may be edited outside the panel, which sends no event.
    staleTime: 0,
    // An event says when reading begins and ends, and none how far it is.
    refetchInterval: ({ state }) => (state.data?.plan.reading.running === true ? READING : false),
  });
}

/** What a beat of a thread would do now, looked at once `asked`, and again when its plan changes. */
export function useNow(thread: string, asked: boolean) {
  return useQuery({
    queryKey: [...planKey(thread), "now"],
    queryFn: async ({ signal }) =>
      (await call(
        client.GET("/api/threads/{thread_id}/heartbeat/plan/now", { params: { path: { thread_id: thread } }, signal }),
      )) as PlanNow,
    enabled: asked,
  });
}

interface Corrected {
  line: string;
  etag: string;
  body: Omit<PlanBody, "by">;
}

/** Say what a line asks for, in place of what was read from it. */
export function useCorrect(thread: string | null) {
  return useChanging(thread, ({ line, etag, body }: Corrected) =>
    call(
      client.PUT("/api/heartbeat/plan/{line_id}", {
        params: { path: { line_id: line }, query: query(thread), header: { "If-Match": etag } },
        body: { ...body, by: "panel" },
      }),
    ),
  );
}

/** Take a correction back, so that what was read from the line holds again. */
export function useUncorrect(thread: string | null) {
  return useChanging(thread, ({ line, etag }: Omit<Corrected, "body">) =>
    call(
      client.DELETE("/api/heartbeat/plan/{line_id}", {
        params: { path: { line_id: line }, query: query(thread), header: { "If-Match": etag } },
      }),
    ),
  );
}

/** End what a message of the owner orders. */
export function useLift(thread: string) {
  return useChanging(thread, (message: number) =>
    call(
      client.POST("/api/threads/{thread_id}/messages/{number}/lift", {
        params: { path: { thread_id: thread, number: message } },
        body: { by: "panel" },
      }),
    ),
  );
}

/** Let what a message orders hold again. */
export function usePutBack(thread: string) {
  return useChanging(thread, (message: number) =>
    call(
      client.DELETE("/api/threads/{thread_id}/messages/{number}/lift", {
        params: { path: { thread_id: thread, number: message } },
      }),
    ),
  );
}

function useChanging<V, T>(thread: string | null, mutationFn: (given: V) => Promise<T>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    // Also after a refusal: somebody else has changed the plan.
    onSettled: () => stale(queries, { queryKey: thread === null ? keys.plan : planKey(thread) }),
  });
}
