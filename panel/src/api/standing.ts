/** Standing approvals: all actions of a kind from one thread to one target, approved until revoked. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";

const PAGE = 50;

/** The standing approvals, the newest first; with `revoked` also those that count no more. */
export function useStandingApprovals(revoked: boolean) {
  return useInfiniteQuery({
    queryKey: [...keys.standing, revoked],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, revoked, ...(pageParam !== null && { before: pageParam }) };
      return call(client.GET("/api/standing-approvals", { params: { query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => (typeof next === "number" ? next : undefined),
    placeholderData: keepPreviousData,
  });
}

export function useRevoke(id: number) {
  const queries = useQueryClient();
  const params = { path: { standing_id: id } };
  return useMutation({
    mutationFn: () => call(client.DELETE("/api/standing-approvals/{standing_id}", { params })),
    // Also after an error: it may have gone with its thread.
    onSettled: () => stale(queries, { queryKey: keys.standing }),
  });
}
