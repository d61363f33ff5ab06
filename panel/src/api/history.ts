/** Beats that were, the newest first, page by page. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";

import { call, client } from "./client";
import { type Filters, queryOf } from "./filters";
import { keys } from "./queries";
import type { History } from "./types";

export const PAGE = 50;
/** So many pages are held; going on drops those at the other end. */
export const PAGES_HELD = 5;

/** The `next` of each page before this one; the newest page has none. With all of them one can also go back. */
export type Way = readonly number[];

export function pageBehind(page: Pick<History, "next">, way: Way): Way | undefined {
  return page.next === null ? undefined : [...way, page.next];
}

export function pageBefore(way: Way): Way | undefined {
  return way.length === 0 ? undefined : way.slice(0, -1);
}

/** One page of beats, behind a beat's number. */
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
  // The document also knows the export, which has no type; that is not what was asked for.
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
