/** The events of the service, as docs/http.md names them. */

import type { EventKind } from "../api/types";

/** What an event changes: the status with the thread and the beat it names, or something else. */
export const CHANGES: Record<EventKind, "status" | "node" | "forum" | "everything"> = {
  "timer.started": "status",
  "timer.stopped": "status",
  "thread.paused": "status",
  "thread.resumed": "status",
  "beat.started": "status",
  "beat.node": "node",
  "beat.finished": "status",
  "approval.requested": "status",
  "forum.changed": "forum",
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

/** Reads an event; null where it is none, which a newer service might send. */
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

/** A text of an event, or null. */
export function textOf(event: LiveEvent, name: string): string | null {
  const value = event[name];
  return typeof value === "string" ? value : null;
}

/** The texts in a list of an event; empty where it has none. */
export function textsOf(event: LiveEvent, name: string): string[] {
  const value = event[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
