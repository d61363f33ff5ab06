/** Calculates days in a time zone: their first instant, and the minute of the day of an instant. */
import type { Hours } from "./fields";

export const DAY_MINUTES = 1_440;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone !== "";
  } catch {
    return false;
  }
}

/** Return the minute of the day that a wall clock in the zone shows, with its fraction. */
export function minuteOf(instant: number, zone: string): number {
  const { hour, minute, second } = partsOf(instant, zone);
  return hour * 60 + minute + second / 60;
}

/** Return the first instant of the day that contains `now` and of the next day, in milliseconds. */
export function dayAround(now: number, zone: string): { start: number; end: number } {
  const start = firstOf(now, zone);
  // 36 hours later is always the next day, also if the day has 23 or 25 hours.
  return { start, end: firstOf(start + 36 * HOUR, zone) };
}

function firstOf(instant: number, zone: string): number {
  const date = dateOf(instant, zone);
  const shown = Math.floor(instant / MINUTE) * MINUTE - Math.floor(minuteOf(instant, zone)) * MINUTE;
  // The clock may have been put forward or back since midnight, or midnight may not exist.
  let start = shown;
  for (const away of [-2 * HOUR, -HOUR, -HOUR / 2, 0, HOUR / 2, HOUR, 2 * HOUR])
    if (dateOf(shown + away, zone) === date && dateOf(shown + away - MINUTE, zone) !== date) start = shown + away;
  return start;
}

interface Parts {
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  // Limits the cache when many zones are tried.
  if (formats.size > 20) formats.clear();
  formats.set(zone, made);
  return made;
}

function partsOf(instant: number, zone: string): Parts {
  const found = { hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatOf(zone).formatToParts(instant))
    if (type === "hour" || type === "minute" || type === "second") found[type] = Number(value);
  return found;
}

function dateOf(instant: number, zone: string): string {
  return formatOf(zone)
    .formatToParts(instant)
    .filter(({ type }) => type === "year" || type === "month" || type === "day")
    .map(({ value }) => value)
    .join("-");
}

/** Return a clock time ("08:30", "8" or "24:00") as minute of the day; null if it is invalid. */
export function clockMinute(text: string): number | null {
  const found = /^(\d{1,2})(?::(\d{2}))?$/.exec(text.trim());
  if (found === null) return null;
  const minute = Number(found[1]) * 60 + Number(found[2] ?? 0);
  return minute <= DAY_MINUTES && Number(found[2] ?? 0) < 60 ? minute : null;
}

/** Return the active parts of the day in minutes; two parts if the hours wrap midnight, null if they are invalid. */
export function openParts(hours: Hours | null): [number, number][] | null {
  if (hours === null) return [[0, DAY_MINUTES]];
  const start = clockMinute(hours.start);
  const end = clockMinute(hours.end);
  if (start === null || end === null || start === end) return null;
  if (start < end) return [[start, end]];
  return end === 0
    ? [[start, DAY_MINUTES]]
    : [
        [0, end],
        [start, DAY_MINUTES],
      ];
}
