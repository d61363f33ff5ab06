/** The last beats of a thread. */
import { useQuery } from "@tanstack/react-query";

import { historyPage } from "./history";
import { keys } from "./queries";

/** The last `limit` beats, the newest first. */
export function useRecent(id: string, limit: number) {
  return useQuery({
    queryKey: [...keys.history, "recent", id, limit],
    queryFn: ({ signal }) => historyPage({ thread: id }, undefined, limit, signal),
  });
}
