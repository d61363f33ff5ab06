/** Threads: the list in pages, one, and what can be done with them. */
import { type InfiniteData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys } from "./queries";
import type { NewThread, Thread, ThreadPage } from "./types";

export type ThreadPages = InfiniteData<ThreadPage, string>;
export const PAGE = 200;

/** One page of the list, behind a thread's id. */
export function threadPage(after: string, signal?: AbortSignal): Promise<ThreadPage> {
  const options = { params: { query: { after, limit: PAGE } }, ...(signal && { signal }) };
  return call(client.GET("/api/threads", options));
}

/** The list; `data.pages` hold up to 200 threads each. */
export function useThreads() {
  return useInfiniteQuery({
    queryKey: keys.threads,
    queryFn: ({ pageParam, signal }) => threadPage(pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => (typeof page.next === "string" ? page.next : undefined),
  });
}

export function oneThread(id: string, signal?: AbortSignal): Promise<Thread> {
  const options = { params: { path: { thread_id: id } }, ...(signal && { signal }) };
  return call(client.GET("/api/threads/{thread_id}", options));
}

export function useThread(id: string) {
  return useQuery({ queryKey: keys.thread(id), queryFn: ({ signal }) => oneThread(id, signal) });
}

export function useCreateThread() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewThread) => call(client.POST("/api/threads", { body })),
    onSuccess: (made) => {
      queries.setQueryData(keys.thread(made.thread_id), made);
      return Promise.all([
        queries.invalidateQueries({ queryKey: keys.threads }),
        queries.invalidateQueries({ queryKey: keys.status }),
      ]);
    },
  });
}
