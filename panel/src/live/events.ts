/** The events of the service, as docs/http.md names them. */

export const KINDS = [
  "timer.started",
  "timer.stopped",
  "thread.paused",
  "thread.resumed",
  "beat.started",
  "beat.node",
  "beat.finished",
  "approval.requested",
  "forum.changed",
  "reset",
] as const;

export type Kind = (typeof KINDS)[number];

export interface LiveEvent {
  kind: Kind;
  thread_id: string | null;
  beat_id: number | null;
  at: string;
  [more: string]: unknown;
}

/** Reads an event; null where it is none, which a newer service might send. */
export function parse(kind: Kind, text: string): LiveEvent | null {
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
