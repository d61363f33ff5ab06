/** The inbox: what connections have brought. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";
import type { FeedKind, InboxItem, ItemState } from "./types";

const PAGE = 20;
/** The most that one call returns. */
const MOST = 200;

export interface InboxFilters {
  connection?: string;
  kind?: FeedKind;
  state?: ItemState;
  /** The items that this thread looks at, each with what has become of it there. */
  thread?: string;
}

/** What a person says about an item. */
export type Said = { answer: "done" } | { answer: "undone" } | { answer: "snooze"; until: string } | { answer: "unsnooze" };

/** Items, the newest first. */
export function useInbox(filters: InboxFilters) {
  return useInfiniteQuery({
    queryKey: [...keys.inbox, "list", filters],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filters, limit: PAGE, ...(pageParam !== null && { before: pageParam }) };
      return call(client.GET("/api/inbox", { params: { query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => (typeof next === "number" ? next : undefined),
    placeholderData: keepPreviousData,
  });
}

/** What is due before an instant, ISO 8601, and is neither gone, done, nor snoozed. */
export function useDue(before: string) {
  return useQuery({
    queryKey: [...keys.inbox, "due", before],
    queryFn: ({ signal }) =>
      call(client.GET("/api/inbox", { params: { query: { due_before: before, state: "new", limit: MOST } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useSayOfItem({ id }: InboxItem) {
  const queries = useQueryClient();
  const params = { path: { item_id: id } };
  return useMutation({
    mutationFn: (said: Said) => {
      if (said.answer === "done") return call(client.POST("/api/inbox/{item_id}/done", { params }));
      if (said.answer === "undone") return call(client.POST("/api/inbox/{item_id}/undone", { params }));
      if (said.answer === "unsnooze") return call(client.DELETE("/api/inbox/{item_id}/snooze", { params }));
      return call(client.POST("/api/inbox/{item_id}/snooze", { params, body: { until: said.until } }));
    },
    // Also after an error: it may have changed since it was shown.
    onSettled: () => stale(queries, { queryKey: keys.inbox }),
  });
}
