/** Connections: the configured ways to the outside. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";
import type { NewConnection } from "./types";

/** The most that one call returns; a workspace has a handful. */
const MOST = 200;

export function useConnections() {
  return useQuery({
    queryKey: keys.connections,
    queryFn: ({ signal }) => call(client.GET("/api/connections", { params: { query: { limit: MOST } }, signal })),
  });
}

/** What each kind asks for, from which the forms are made. */
export function useKinds() {
  return useQuery({
    queryKey: keys.kinds,
    queryFn: ({ signal }) => call(client.GET("/api/connection-kinds", { signal })),
  });
}

export function useAddConnection() {
  return useWriting((body: NewConnection) => call(client.POST("/api/connections", { body })));
}

/** Change keys of a connection; secrets that are left out are kept. */
export function useChangeConnection(name: string) {
  const params = { path: { name } };
  return useWriting((values: Record<string, unknown>) =>
    call(client.PATCH("/api/connections/{name}", { params, body: { values } })),
  );
}

export function useRemoveConnection(name: string) {
  return useWriting((forget: boolean) =>
    call(client.DELETE("/api/connections/{name}", { params: { path: { name }, query: { forget } } })),
  );
}

/** Send a message through a connection, or look at its folder; `text` is demanded where it is public. */
export function useTestConnection(name: string) {
  const queries = useQueryClient();
  const params = { path: { name } };
  return useMutation({
    mutationFn: (text: string | null) => call(client.POST("/api/connections/{name}/test", { params, body: { text } })),
    // One that works is not down any more.
    onSuccess: () => stale(queries, { queryKey: keys.connections }),
  });
}

/** Look at a connection now, whenever its next look is due. */
export function useLook(name: string) {
  const queries = useQueryClient();
  const params = { path: { name } };
  return useMutation({
    mutationFn: () => call(client.POST("/api/connections/{name}/look", { params })),
    // A look that failed, too, changes the state of the connection.
    onSettled: () =>
      Promise.all([
        stale(queries, { queryKey: keys.connections }),
        stale(queries, { queryKey: keys.inbox }),
      ]),
  });
}

/** Try a connection before it is added. */
export function useTestNew() {
  return useMutation({
    mutationFn: (body: NewConnection) => call(client.POST("/api/connections/test", { body: { ...body, text: null } })),
  });
}

/** A mutation that fetches the connections again at once, without waiting for the event. */
function useWriting<Given, Made>(write: (given: Given) => Promise<Made>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: () =>
      Promise.all([
        stale(queries, { queryKey: keys.connections }),
        stale(queries, { queryKey: keys.deliveries }),
        stale(queries, { queryKey: keys.defaults }),
        stale(queries, { queryKey: keys.inbox }),
      ]),
  });
}
