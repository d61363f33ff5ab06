/** One beat in full. */
import { queryOptions, useQuery } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys } from "./queries";
import type { BeatDetail } from "./types";

export function oneBeat(id: number, signal?: AbortSignal): Promise<BeatDetail> {
  const options = { params: { path: { beat_id: id } }, ...(signal && { signal }) };
  return call(client.GET("/api/beats/{beat_id}", options));
}

export function beatQuery(id: number) {
  return queryOptions({ queryKey: keys.beat(id), queryFn: ({ signal }) => oneBeat(id, signal) });
}

export function useBeat(id: number, enabled = true) {
  return useQuery({ ...beatQuery(id), enabled });
}
