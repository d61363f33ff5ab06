/** Queries for beats that wait for approval, and the call that answers one. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { historyPage } from "./history";
import { keys, stale } from "./queries";
import type { Edit } from "./types";

/** Beats per page; small, because each is shown in full. */
const PAGE = 20;

/** `always`: also approve all later actions of the same kind from the same thread to the same target. */
export type Answered =
  | { answer: "approve"; edit?: Edit; always?: boolean }
  | { answer: "reject"; reason?: string };

/** The beats that wait for approval, the newest first; events invalidate the list. */
export function useWaiting() {
  return useInfiniteQuery({
    queryKey: [...keys.history, "waiting"],
    queryFn: ({ pageParam, signal }) => historyPage({ status: "awaiting_approval" }, pageParam, PAGE, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** Send the owner's answer; the call returns when the beat has settled. `onAnswer` is called when it is sent. */
export function useAnswer(id: number, onAnswer?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (given: Answered) => {
      const params = { path: { beat_id: id } };
      const { answer, ...body } = given;
      return answer === "reject"
        ? call(client.POST("/api/beats/{beat_id}/reject", { params, body }))
        : call(client.POST("/api/beats/{beat_id}/approve", { params, body }));
    },
    onMutate: () => onAnswer?.(),
    // Also after an error: somebody else may have answered the beat.
    onSettled: () =>
      Promise.all([
        stale(queries, { queryKey: keys.beat(id) }),
        stale(queries, { queryKey: keys.history }),
        stale(queries, { queryKey: keys.status }),
        stale(queries, { queryKey: ["thread"] }),
        stale(queries, { queryKey: keys.forum }),
        stale(queries, { queryKey: keys.standing }),
      ]),
  });
}
