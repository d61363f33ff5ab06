/** What threads look at. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";
import type { Thread } from "./types";

/** In a list of sources: all that a thread looks at without one. */
export const DEFAULT_SOURCES = "default";

/** Return the sources of a thread as they are saved with more; what it looks at now is kept. */
export function withSources(sources: unknown, names: readonly string[]): string[] {
  const kept = Array.isArray(sources) ? sources.map(String) : [DEFAULT_SOURCES];
  return [...new Set([...kept, ...names])];
}

/** Return whether a thread names a connection. */
export function looksAt({ config }: Pick<Thread, "config">, name: string): boolean {
  const { sources } = config;
  return Array.isArray(sources) && sources.includes(name);
}

/** A thread that was not changed, and why. */
export interface Refused {
  thread: string;
  error: unknown;
}

/** Let threads look at a connection; the result are those that were refused. */
export function useLetLook(name: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (threads: readonly Thread[]): Promise<Refused[]> => {
      const all = await Promise.all(threads.map((each) => letLook(each, name)));
      return all.filter((each) => each !== null);
    },
    onSettled: () =>
      Promise.all(
        [keys.connections, keys.threads, keys.found, ["thread"]].map((queryKey) => stale(queries, { queryKey })),
      ),
  });
}

async function letLook({ thread_id, config }: Thread, name: string): Promise<Refused | null> {
  const params = { path: { thread_id } };
  const body = { sources: withSources(config.sources, [name]) };
  try {
    await call(client.PATCH("/api/threads/{thread_id}/heartbeat/config", { params, body }));
    return null;
  } catch (error) {
    return { thread: thread_id, error };
  }
}
