/** The history of beats in pages, the newest first. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";

import { call, client } from "./client";
import { type Filters, queryOf } from "./filters";
import { keys } from "./queries";
import type { History } from "./types";

export const PAGE = 50;
/** Pages kept in memory; loading more drops pages at the other end. */
export const PAGES_HELD = 5;

/** The `next` of every page before this one; empty for the newest page. Keeping all of them allows paging back. */
export type Way = readonly number[];

export function pageBehind(page: Pick<History, "next">, way: Way): Way | undefined {
  return page.next === null ? undefined : [...way, page.next];
}

export function pageBefore(way: Way): Way | undefined {
  return way.length === 0 ? undefined : way.slice(0, -1);
}

/** Fetch one page of beats older than `before`. */
export function historyPage(
  filters: Filters,
  before: number | undefined,
  limit: number,
  signal: AbortSignal,
): Promise<History> {
  const query = { ...queryOf(filters, Date.now()), limit, ...(before !== undefined && { before }) };
  const asked =
    filters.thread === undefined
      ? call(client.GET("/api/heartbeat/history", { params: { query }, signal }))
      : call(
          client.GET("/api/threads/{thread_id}/heartbeat/history", {
            params: { path: { thread_id: filters.thread }, query },
            signal,
          }),
        );
  // The OpenAPI document also lists the export format, which has no type and is not requested here.
  return asked as Promise<History>;
}

export function useHistory(filters: Filters) {
  return useInfiniteQuery({
    queryKey: [...keys.history, filters],
    queryFn: ({ pageParam, signal }) => historyPage(filters, pageParam.at(-1), PAGE, signal),
    initialPageParam: [] as Way,
    getNextPageParam: (page, _, way) => pageBehind(page, way),
    getPreviousPageParam: (_, __, way) => pageBefore(way),
    maxPages: PAGES_HELD,
    placeholderData: keepPreviousData,
  });
}
