/** The filters of the history, as search parameters of the page and as query parameters of the API. */
import { isOutcome } from "../ui/outcomes";
import type { BeatStatus } from "./types";

const HOUR = 3_600_000;

export interface Filters {
  status?: BeatStatus;
  thread?: string;
  /** A range (`24h`) or a day in the viewer's zone (`2026-11-02`). */
  since?: string;
  /** Words to search for. */
  q?: string;
}

export const RANGES = [
  { value: "1h", label: "Last hour", span: HOUR },
  { value: "24h", label: "Last 24 hours", span: 24 * HOUR },
  { value: "7d", label: "Last 7 days", span: 7 * 24 * HOUR },
  { value: "30d", label: "Last 30 days", span: 30 * 24 * HOUR },
] as const;

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

export function isDay(since: string | undefined): boolean {
  return since !== undefined && DAY.test(since);
}

/** Read the filters from the search parameters of an address; invalid ones are left out. */
export function filtersOf(search: Record<string, unknown>): Filters {
  const [status, thread, since, q] = [search.status, search.thread, search.since, search.q].map(textOf);
  return {
    ...(status && isOutcome(status) && { status }),
    ...(thread && { thread }),
    ...(since && begin(since, 0) !== undefined && { since }),
    ...(q && { q }),
  };
}

function textOf(value: unknown): string {
  // The router parses `?q=7` as a number.
  return typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
}

/** Return the instant at which `since` begins, as ISO 8601; undefined if it is neither a range nor a day. */
export function begin(since: string | undefined, now: number): string | undefined {
  if (since === undefined) return undefined;
  const range = RANGES.find(({ value }) => value === since);
  if (range) return new Date(now - range.span).toISOString();
  const found = DAY.exec(since);
  if (!found) return undefined;
  const [year, month, day] = found.slice(1).map(Number);
  const instant = new Date(year ?? 0, (month ?? 1) - 1, day);
  // `Date` turns 31 April into 1 May; such days and years before 1971 are invalid.
  return instant.getDate() === day && instant.getFullYear() >= 1971 ? instant.toISOString() : undefined;
}

/** Return the query parameters of a history call, without the thread, which is part of the path. */
export function queryOf({ status, since, q }: Filters, now: number): { status?: BeatStatus; since?: string; q?: string } {
  const instant = begin(since, now);
  return { ...(status && { status }), ...(instant && { since: instant }), ...(q && { q }) };
}

/** Return the URL that downloads all matching beats, one JSON object per line. */
export function exportUrl(filters: Filters, now: number): string {
  const path = filters.thread
    ? `/api/threads/${encodeURIComponent(filters.thread)}/heartbeat/history`
    : "/api/heartbeat/history";
  return `${path}?${new URLSearchParams({ format: "jsonl", ...queryOf(filters, now) }).toString()}`;
}
