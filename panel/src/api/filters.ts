/** Which beats a history shows: the filters as they stand in the address of the page, and as the service takes them. */
import { isOutcome } from "../ui/outcomes";
import type { BeatStatus } from "./types";

const HOUR = 3_600_000;

export interface Filters {
  status?: BeatStatus;
  thread?: string;
  /** A range (`24h`) or a day in the viewer's zone (`2026-11-02`). */
  since?: string;
  /** Words. */
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

/** Reads the filters from an address; what is none is left out. */
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
  // The address `?q=7` is read as a number.
  return typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
}

/** The instant at which `since` begins, as ISO 8601; undefined where it is neither a range nor a day. */
export function begin(since: string | undefined, now: number): string | undefined {
  if (since === undefined) return undefined;
  const range = RANGES.find(({ value }) => value === since);
  if (range) return new Date(now - range.span).toISOString();
  const found = DAY.exec(since);
  if (!found) return undefined;
  const [year, month, day] = found.slice(1).map(Number);
  const instant = new Date(year ?? 0, (month ?? 1) - 1, day);
  // The 31st of a short month is no day; before 1970 there were no beats.
  return instant.getDate() === day && instant.getFullYear() >= 1971 ? instant.toISOString() : undefined;
}

/** The query of a call to the history, without the thread, which stands in its path. */
export function queryOf({ status, since, q }: Filters, now: number): { status?: BeatStatus; since?: string; q?: string } {
  const instant = begin(since, now);
  return { ...(status && { status }), ...(instant && { since: instant }), ...(q && { q }) };
}

/** Where all that the filters let through can be downloaded, one beat a line. */
export function exportUrl(filters: Filters, now: number): string {
  const path = filters.thread
    ? `/api/threads/${encodeURIComponent(filters.thread)}/heartbeat/history`
    : "/api/heartbeat/history";
  return `${path}?${new URLSearchParams({ format: "jsonl", ...queryOf(filters, now) }).toString()}`;
}
