/** The inbox: what connections have brought. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys } from "./queries";
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
export type Said = { answer: "done" } | { answer: "undone" } | { answer: "snooze"; until: string };

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

/** The events that are neither over, done, nor snoozed; those alone have an instant at which they are due. */
export function useEvents() {
  return useQuery({
    queryKey: [...keys.inbox, "events"],
    queryFn: ({ signal }) =>
      call(client.GET("/api/inbox", { params: { query: { kind: "event", state: "new", limit: MOST } }, signal })),
  });
}

export function useSayOfItem({ id }: InboxItem) {
  const queries = useQueryClient();
  const params = { path: { item_id: id } };
  return useMutation({
    mutationFn: (said: Said) => {
      if (said.answer === "done") return call(client.POST("/api/inbox/{item_id}/done", { params }));
      if (said.answer === "undone") return call(client.POST("/api/inbox/{item_id}/undone", { params }));
      return call(client.POST("/api/inbox/{item_id}/snooze", { params, body: { until: said.until } }));
    },
    // Also after an error: it may have changed since it was shown.
    onSettled: () => queries.invalidateQueries({ queryKey: keys.inbox }),
  });
}
