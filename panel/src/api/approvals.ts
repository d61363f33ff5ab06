/** Queries for beats that wait for approval, and the call that answers one. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { historyPage } from "./history";
import { keys } from "./queries";
import type { Edit } from "./types";

/** Beats per page; small, because each is shown in full. */
const PAGE = 20;

export type Answered = { answer: "approve"; edit?: Edit } | { answer: "reject"; reason?: string };

/** The beats that wait for approval, the newest first; events invalidate the list. */
export function useWaiting() {
  return useInfiniteQuery({
    queryKey: [...keys.history, "waiting"],
    queryFn: ({ pageParam, signal }) => historyPage({ status: "awaiting_approval" }, pageParam, PAGE, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** Send the owner's answer; the call returns when the beat has settled. */
export function useAnswer(id: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (given: Answered) => {
      const params = { path: { beat_id: id } };
      if (given.answer === "reject") {
        const body = given.reason === undefined ? {} : { reason: given.reason };
        return call(client.POST("/api/beats/{beat_id}/reject", { params, body }));
      }
      const body = given.edit === undefined ? {} : { edit: given.edit };
      return call(client.POST("/api/beats/{beat_id}/approve", { params, body }));
    },
    // Also after an error: somebody else may have answered the beat.
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.beat(id) }),
        queries.invalidateQueries({ queryKey: keys.history }),
        queries.invalidateQueries({ queryKey: keys.status }),
        queries.invalidateQueries({ queryKey: keys.forum }),
      ]),
  });
}
