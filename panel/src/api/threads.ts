/** Queries and mutations of threads. */
import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";

import { beatQuery } from "./beats";
import { call, client } from "./client";
import { keys, stale } from "./queries";
import type { NewThread, Thread, ThreadPage } from "./types";

export type ThreadPages = InfiniteData<ThreadPage, string>;
export const PAGE = 200;
const FOUND = 50;

/** Fetch one page of the list: the threads after the id `after`. */
export function threadPage(after: string, signal?: AbortSignal): Promise<ThreadPage> {
  const options = { params: { query: { after, limit: PAGE } }, ...(signal && { signal }) };
  return call(client.GET("/api/threads", options));
}

/** The list of threads; `data.pages` hold up to 200 threads each. */
export function useThreads() {
  return useInfiniteQuery({
    queryKey: keys.threads,
    queryFn: ({ pageParam, signal }) => threadPage(pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => (typeof page.next === "string" ? page.next : undefined),
  });
}

/** The threads whose id or title contains `words`, in pages. */
export function useFoundThreads(words: string) {
  return useInfiniteQuery({
    queryKey: [...keys.found, words],
    queryFn: ({ pageParam, signal }) =>
      call(client.GET("/api/threads", { params: { query: { q: words, after: pageParam, limit: FOUND } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => (typeof page.next === "string" ? page.next : undefined),
    placeholderData: keepPreviousData,
  });
}

export function oneThread(id: string, signal?: AbortSignal): Promise<Thread> {
  const options = { params: { path: { thread_id: id } }, ...(signal && { signal }) };
  return call(client.GET("/api/threads/{thread_id}", options));
}

export function useThread(id: string) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: keys.thread(id),
    queryFn: async ({ signal }) => {
      const thread = await oneThread(id, signal);
      // So that what waits appears together with the page, which then does not move.
      await Promise.all(thread.approvals.map(({ beat_id }) => queries.query(beatQuery(beat_id)).catch(() => undefined)));
      return thread;
    },
  });
}

export function useCreateThread() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewThread) => call(client.POST("/api/threads", { body })),
    onSuccess: (made) => {
      queries.setQueryData(keys.thread(made.thread_id), made);
      return Promise.all([
        stale(queries, { queryKey: keys.threads }),
        stale(queries, { queryKey: keys.found }),
        stale(queries, { queryKey: keys.status }),
      ]);
    },
  });
}

/** Put a thread from a response into the cache and invalidate the lists and the status. */
function shown(queries: QueryClient, thread: Thread): void {
  queries.setQueryData(keys.thread(thread.thread_id), thread);
  for (const queryKey of [keys.threads, keys.found, keys.status]) void stale(queries, { queryKey });
}

/** Pause a thread; without a reason the service sets one. */
export function usePause(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => {
      const options = { params: { path: { thread_id: id } }, body: reason === "" ? {} : { reason } };
      return call(client.POST("/api/threads/{thread_id}/heartbeat/pause", options));
    },
    onSuccess: (thread) => shown(queries, thread),
  });
}

export function useResume(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      call(client.POST("/api/threads/{thread_id}/heartbeat/resume", { params: { path: { thread_id: id } } })),
    onSuccess: (thread) => shown(queries, thread),
  });
}

/** Run a beat now and wait for its end; after two minutes the response is the beat that still runs. */
export function useRunNow(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (dry: boolean) => {
      const options = { params: { path: { thread_id: id } }, body: { dry_run: dry } };
      return call(client.POST("/api/threads/{thread_id}/heartbeat/run-now", options));
    },
    onSuccess: () => {
      // Events do the same, unless the event stream is down.
      for (const queryKey of [keys.thread(id), keys.history, keys.status])
        void stale(queries, { queryKey });
    },
  });
}

/** Remove a thread with its history and its conversation. */
export function useRemoveThread(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => call(client.DELETE("/api/threads/{thread_id}", { params: { path: { thread_id: id } } })),
    onSuccess: () => {
      for (const queryKey of [keys.threads, keys.found, keys.status, keys.history, keys.standing])
        void stale(queries, { queryKey });
    },
  });
}
