/** Texts of instructions: the workspace's HEARTBEAT.md, and a thread's own in place of it. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client, whole } from "./client";
import { ProblemError } from "./problem";
import { keys } from "./queries";

/** A text as the service keeps it; `etag` is what a save must name, null where there is no text yet. */
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
  // Not the header: a proxy that compresses makes its tag a weak one, which no save may name.
  return { content, etag: `"${sha256}"`, modified, path };
}

function textKey(thread: string | null) {
  return [...keys.instructions, "text", thread] as const;
}

/** The text of a thread, or of the workspace (null); its content is null where there is none. */
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
    // Others may write it, with an editor of their own, and no event tells of that.
    staleTime: 0,
  });
}

/** Asks for the text as it is now, which is then also what `useText` has. */
export function useFreshText(thread: string | null): () => Promise<Kept> {
  const queries = useQueryClient();
  return () =>
    queries.query({ queryKey: textKey(thread), queryFn: ({ signal }) => text(thread, signal), staleTime: 0 });
}

export interface Save {
  content: string;
  /** What is to be replaced, null for nothing; where that has changed, the service answers 412 and writes nothing. */
  etag: string | null;
}

/** Of two who write a first text at the same time, the second is told so, too. */
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
      void queries.invalidateQueries({ queryKey: keys.instructions });
      if (thread !== null) void queries.invalidateQueries({ queryKey: keys.thread(thread) });
    },
  });
}

/** Let a thread follow the workspace's text again; its own is deleted. */
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
      void queries.invalidateQueries({ queryKey: keys.thread(thread) });
    },
  });
}

/** How the service reads a text; nothing is kept. */
export function useReading(content: string) {
  return useQuery({
    queryKey: [...keys.instructions, "reading", content],
    queryFn: ({ signal }) => call(client.POST("/api/heartbeat/heartbeat.md/check", { body: { content }, signal })),
    placeholderData: keepPreviousData,
    // Each state of the text has a reading of its own: they are not collected.
    gcTime: 0,
    staleTime: Infinity,
  });
}
