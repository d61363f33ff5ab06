/** Config: the workspace's defaults, and what a thread overrides. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";
import type { Defaults, ThreadConfig } from "./types";

/** The thread whose config it is, or null for the workspace's defaults. */
export type Scope = string | null;

/** The changes of a form: fields with new values, and names of fields that inherit their value again. */
export interface Change {
  set: Readonly<Record<string, unknown>>;
  inherit: readonly string[];
}

function defaults(signal?: AbortSignal): Promise<Defaults> {
  return call(client.GET("/api/heartbeat/config", signal ? { signal } : {}));
}

function threadConfig(id: string, signal?: AbortSignal): Promise<ThreadConfig> {
  const options = { params: { path: { thread_id: id } }, ...(signal && { signal }) };
  return call(client.GET("/api/threads/{thread_id}/heartbeat/config", options));
}

const ofThread = (id: string) => [...keys.thread(id), "config"];

/** The defaults, with the schema of all fields. */
export function useDefaults() {
  return useQuery({ queryKey: keys.defaults, queryFn: ({ signal }) => defaults(signal) });
}

export function useThreadConfig(id: string) {
  return useQuery({ queryKey: ofThread(id), queryFn: ({ signal }) => threadConfig(id, signal) });
}

/** Return a thread's overrides after a change. */
export function overridesAfter(own: Readonly<Record<string, unknown>>, change: Change): Record<string, unknown> {
  const kept = Object.entries(own).filter(([name]) => !change.inherit.includes(name));
  return { ...Object.fromEntries(kept), ...change.set };
}

async function changeThread(id: string, change: Change): Promise<ThreadConfig> {
  const params = { path: { thread_id: id } };
  const path = "/api/threads/{thread_id}/heartbeat/config";
  if (change.inherit.length === 0) return call(client.PATCH(path, { params, body: change.set }));
  // Only PUT can remove a field, but it replaces all overrides, so the current ones are read first.
  const { overrides } = await threadConfig(id);
  return call(client.PUT(path, { params, body: overridesAfter(overrides, change) }));
}

async function changeDefaults(change: Change): Promise<Defaults> {
  const path = "/api/heartbeat/config";
  if (change.inherit.length === 0) return call(client.PATCH(path, { body: change.set }));
  const { overrides } = await defaults();
  return call(client.PUT(path, { body: overridesAfter(overrides, change) }));
}

/** Save a change. Only the changed fields are sent, unless a field is to inherit again. */
export function useChangeConfig(scope: Scope) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (change: Change) => {
      if (scope === null) queries.setQueryData(keys.defaults, await changeDefaults(change));
      else queries.setQueryData(ofThread(scope), await changeThread(scope, change));
    },
    onSuccess: () => {
      // The form already shows the response; other views of the thread fetch it again.
      const changed = [scope === null ? ["thread"] : keys.thread(scope), keys.threads, keys.found, keys.status];
      for (const queryKey of changed) void stale(queries, { queryKey });
    },
  });
}
