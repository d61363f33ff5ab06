/** The conversation of a thread. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";

/** The author name of the panel's owner in the conversation. */
export const OWNER = "owner";
const PAGE = 30;

const ofThread = (id: string) => [...keys.thread(id), "messages"];

/** The last messages; each further page holds earlier ones. */
export function useMessages(id: string) {
  return useInfiniteQuery({
    queryKey: ofThread(id),
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(pageParam !== null && { before: pageParam }) };
      const params = { path: { thread_id: id }, query };
      return call(client.GET("/api/threads/{thread_id}/messages", { params, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (typeof page.next === "number" ? page.next : undefined),
  });
}

/** Send a message to the agent. */
export function useSay(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (content: string) => {
      const params = { path: { thread_id: id } };
      return call(client.POST("/api/threads/{thread_id}/messages", { params, body: { author: OWNER, content } }));
    },
    onSuccess: () => stale(queries, { queryKey: ofThread(id) }),
  });
}
