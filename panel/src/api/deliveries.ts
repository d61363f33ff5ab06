/** Deliveries: what is on its way outside, and what the owner was told. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";
import type { DeliveryStatus } from "./types";

const PAGE = 20;
const TOLD = 5;

/** What a person says about a delivery; `arrived` is for `settle`. */
export type Said = { answer: "retry" } | { answer: "cancel" } | { answer: "settle"; arrived: boolean };

/** Deliveries, the newest first, with the given status or all. */
export function useDeliveries(status: DeliveryStatus | undefined) {
  return useInfiniteQuery({
    queryKey: [...keys.deliveries, "list", status ?? "all"],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(status && { status }), ...(pageParam !== null && { before: pageParam }) };
      return call(client.GET("/api/deliveries", { params: { query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: numberOf,
    placeholderData: keepPreviousData,
  });
}

/** The deliveries of a beat. */
export function useDeliveriesOf(beat: number) {
  return useQuery({
    queryKey: [...keys.deliveries, "beat", beat],
    queryFn: ({ signal }) => call(client.GET("/api/deliveries", { params: { query: { beat } }, signal })),
  });
}

/** What the agents told the owner, the newest first. */
export function useTold() {
  return useInfiniteQuery({
    queryKey: keys.told,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: TOLD, ...(pageParam !== null && { before: pageParam }) };
      return call(client.GET("/api/told", { params: { query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: numberOf,
  });
}

export function useSay(id: number) {
  const queries = useQueryClient();
  const params = { path: { delivery_id: id } };
  return useMutation({
    mutationFn: (said: Said) => {
      if (said.answer === "retry") return call(client.POST("/api/deliveries/{delivery_id}/retry", { params }));
      if (said.answer === "cancel") return call(client.POST("/api/deliveries/{delivery_id}/cancel", { params }));
      const body = { arrived: said.arrived };
      return call(client.POST("/api/deliveries/{delivery_id}/settle", { params, body }));
    },
    // Also after an error: it may have changed since it was shown.
    onSettled: () =>
      Promise.all([
        stale(queries, { queryKey: keys.deliveries }),
        stale(queries, { queryKey: keys.told }),
        stale(queries, { queryKey: ["beat"] }),
      ]),
  });
}

function numberOf({ next }: { next: string | number | null }): number | undefined {
  return typeof next === "number" ? next : undefined;
}
