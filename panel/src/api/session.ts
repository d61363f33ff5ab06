/** The session of the panel, where a token is set. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys } from "./queries";
import type { Session } from "./types";

export function session(signal?: AbortSignal): Promise<Session> {
  return call(client.GET("/api/session", signal ? { signal } : {}));
}

export function useSession() {
  return useQuery({ queryKey: keys.session, queryFn: ({ signal }) => session(signal) });
}

export function useLogin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => call(client.POST("/api/session", { body: { token } })),
    // Fetch again what was refused before the login.
    onSuccess: () => queries.resetQueries(),
  });
}

export function useLogout() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => call(client.DELETE("/api/session")),
    // Remove all data that was fetched while logged in.
    onSuccess: () => queries.clear(),
  });
}
