/** Figures over time. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys } from "./queries";

/** Figures of the last `seconds`, in buckets of `bucket` seconds; the first bucket is complete. */
export function useStats(seconds: number, bucket: number, thread?: string) {
  return useQuery({
    queryKey: [...keys.stats, { seconds, bucket, thread }],
    queryFn: ({ signal }) => {
      const first = Math.floor((Date.now() / 1000 - seconds) / bucket) * bucket + bucket;
      const query = { since: new Date(first * 1000).toISOString(), bucket: String(bucket), ...(thread && { thread }) };
      return call(client.GET("/api/heartbeat/stats", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}
