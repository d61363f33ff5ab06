/** The timer: its status, start and stop. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";
import type { Status } from "./types";

/** Milliseconds between fetches of the status: the timer's ticks send no event. */
const TICKS = 15_000;

export function useStatus() {
  return useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => call(client.GET("/api/heartbeat/status", { signal })),
    refetchInterval: TICKS,
  });
}

/** Start (true) or stop (false) the timer in every process. */
export function useSwitch() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (on: boolean) =>
      call(on ? client.POST("/api/heartbeat/start") : client.POST("/api/heartbeat/stop")),
    onSuccess: ({ running }) => {
      queries.setQueryData<Status>(keys.status, (old) => old && { ...old, running });
      return stale(queries, { queryKey: keys.status });
    },
  });
}
