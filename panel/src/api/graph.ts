/** The graph that every beat goes through. */
import { useQuery } from "@tanstack/react-query";

import { call, client } from "./client";

export function useDrawing() {
  return useQuery({
    queryKey: ["graph"],
    queryFn: ({ signal }) => call(client.GET("/api/heartbeat/graph", { signal })),
    // It only changes with the version of the service.
    staleTime: Infinity,
  });
}
