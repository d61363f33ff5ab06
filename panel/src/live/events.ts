/** The events of the service; docs/http.md describes them. */

import type { EventKind } from "../api/types";

/** What an event changes. `status`: the status, and the thread and the beat that it names. */
export const CHANGES: Record<EventKind, "status" | "node" | "forum" | "delivery" | "standing" | "connections" | "inbox" | "plan" | "everything"> = {
  "timer.started": "status",
  "timer.stopped": "status",
  "thread.paused": "status",
  "thread.resumed": "status",
  "beat.started": "status",
  "beat.node": "node",
  "beat.finished": "status",
  "approval.requested": "status",
  "standing.given": "standing",
  "standing.revoked": "standing",
  "forum.changed": "forum",
  "delivery.changed": "delivery",
  "connection.changed": "connections",
  "inbox.changed": "inbox",
  "plan.changed": "plan",
  reset: "everything",
};

export const KINDS = Object.keys(CHANGES) as EventKind[];

export interface LiveEvent {
  kind: EventKind;
  thread_id: string | null;
  beat_id: number | null;
  at: string;
  [more: string]: unknown;
}

/** Parse an event; null if it is not a JSON object. */
export function parse(kind: EventKind, text: string): LiveEvent | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null) return null;
  const { thread_id, beat_id, at } = body as Record<string, unknown>;
  return {
    ...body,
    kind,
    thread_id: typeof thread_id === "string" ? thread_id : null,
    beat_id: typeof beat_id === "number" ? beat_id : null,
    at: typeof at === "string" ? at : new Date().toISOString(),
  };
}

/** Return a string field of an event, or null. */
export function textOf(event: LiveEvent, name: string): string | null {
  const value = event[name];
  return typeof value === "string" ? value : null;
}

/** Return the strings in a list field of an event; empty if there is no such list. */
export function textsOf(event: LiveEvent, name: string): string[] {
  const value = event[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
