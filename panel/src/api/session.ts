/** The session of the panel, where a token is set. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { access } from "./access";
import { call, client } from "./client";
import { keys } from "./queries";
import type { Session } from "./types";

export function session(signal?: AbortSignal): Promise<Session> {
  return call(client.GET("/api/session", signal ? { signal } : {}));
}

export function useSession() {
  return useQuery({ queryKey: keys.session, queryFn: ({ signal }) => session(signal) });
}

/** Watch whether the user has logged in, also in another tab; what was known before counts for nothing. */
export function useSessionWatch() {
  return useQuery({
    queryKey: [...keys.session, "watch"],
    queryFn: ({ signal }) => session(signal),
    staleTime: 0,
    gcTime: 0,
    refetchInterval: 2_000,
  });
}

export function useLogin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => call(client.POST("/api/session", { body: { token } })),
    // Fetch again what was refused before the login.
    onSuccess: () => {
      access.entered();
      return queries.invalidateQueries();
    },
  });
}

export function useLogout() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => call(client.DELETE("/api/session")),
    // Remove all data that was fetched while logged in.
    onSuccess: () => {
      access.left();
      queries.clear();
    },
  });
}
