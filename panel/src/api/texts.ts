/** The instructions texts: the workspace's HEARTBEAT.md, and a thread's own text that replaces it. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client, whole } from "./client";
import { ProblemError } from "./problem";
import { keys, stale } from "./queries";
import type { Plan } from "./types";

/** A text as the service stores it; a save must send its `etag`, which is null if there is no text yet. */
export interface Kept {
  content: string | null;
  etag: string | null;
  modified: string | null;
  path: string | null;
}

const NOTHING: Kept = { content: null, etag: null, modified: null, path: null };

interface Answered {
  data: { content: string; sha256: string; last_modified: string | null; path: string | null };
}

function kept({ data }: Answered): Kept {
  const { content, sha256, last_modified: modified, path } = data;
  // Not the ETag header: a compressing proxy turns it into a weak tag, which `If-Match` does not accept.
  return { content, etag: `"${sha256}"`, modified, path };
}

function textKey(thread: string | null) {
  return [...keys.instructions, "text", thread] as const;
}

/** Fetch the text of a thread, or of the workspace (null); the content is null if there is none. */
async function text(thread: string | null, signal?: AbortSignal): Promise<Kept> {
  const more = signal ? { signal } : {};
  try {
    return kept(
      await (thread === null
        ? whole(client.GET("/api/heartbeat/heartbeat.md", more))
        : whole(
            client.GET("/api/threads/{thread_id}/heartbeat.md", { params: { path: { thread_id: thread } }, ...more }),
          )),
    );
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return NOTHING;
    throw error;
  }
}

export function useText(thread: string | null) {
  return useQuery({
    queryKey: textKey(thread),
    queryFn: ({ signal }) => text(thread, signal),
    // The text may be edited outside the panel, which sends no event.
    staleTime: 0,
  });
}

/** Return a function that fetches the current text, which also updates `useText`. */
export function useFreshText(thread: string | null): () => Promise<Kept> {
  const queries = useQueryClient();
  return () =>
    queries.query({ queryKey: textKey(thread), queryFn: ({ signal }) => text(thread, signal), staleTime: 0 });
}

export interface Save {
  content: string;
  /** The version to replace, null for none. If the stored version is another one, the service responds 412. */
  etag: string | null;
}

/** Return the header that makes the service refuse the save if somebody else has saved, also for a first text. */
export function condition(etag: string | null): { "If-Match": string } | { "If-None-Match": "*" } {
  return etag === null ? { "If-None-Match": "*" } : { "If-Match": etag };
}

export function useSaveText(thread: string | null) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ content, etag }: Save): Promise<Kept> => {
      const headers = condition(etag);
      return kept(
        await (thread === null
          ? whole(client.PUT("/api/heartbeat/heartbeat.md", { params: { header: headers }, body: { content } }))
          : whole(
              client.PUT("/api/threads/{thread_id}/heartbeat.md", {
                params: { path: { thread_id: thread }, header: headers },
                body: { content },
              }),
            )),
      );
    },
    onSuccess: (saved) => {
      queries.setQueryData(textKey(thread), saved);
      for (const queryKey of [keys.instructions, keys.plan]) void stale(queries, { queryKey });
      if (thread !== null) void stale(queries, { queryKey: keys.thread(thread) });
    },
  });
}

/** Delete a thread's own text, so that the thread follows the workspace's text again. */
export function useDropText(thread: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (etag: string | null) =>
      call(
        client.DELETE("/api/threads/{thread_id}/heartbeat.md", {
          params: { path: { thread_id: thread }, header: etag === null ? {} : { "If-Match": etag } },
        }),
      ),
    onSuccess: () => {
      queries.setQueryData(textKey(thread), NOTHING);
      void stale(queries, { queryKey: keys.plan });
      void stale(queries, { queryKey: keys.thread(thread) });
    },
  });
}

/** What the service knows of a text; it stores nothing, and asks no model. */
export function useChecked(thread: string | null, content: string) {
  return useQuery({
    queryKey: [...keys.plan, "checked", thread, content],
    queryFn: async ({ signal }) => {
      const params = { query: thread === null ? {} : { thread } };
      const checked = await call(
        client.POST("/api/heartbeat/heartbeat.md/check", { params, body: { content }, signal }),
      );
      return checked.plan as Plan;
    },
    placeholderData: keepPreviousData,
    // Every version of the text has its own query; unused ones are dropped at once.
    gcTime: 0,
    staleTime: Infinity,
  });
}
