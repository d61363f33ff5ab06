/** The last beats of a thread. */
import { useQuery } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys } from "./queries";
import type { History } from "./types";

/** The last `limit` beats, the newest first. */
export function useRecent(id: string, limit: number) {
  return useQuery({
    queryKey: [...keys.history, "recent", id, limit],
    queryFn: ({ signal }): Promise<History> => {
      const params = { path: { thread_id: id }, query: { limit } };
      // The call can also answer with lines; not when it is asked like this.
      return call(client.GET("/api/threads/{thread_id}/heartbeat/history", { params, signal })) as Promise<History>;
    },
  });
}
