/** Calculates days in a time zone: their first instant, and the minute of the day of an instant. */
import { dayAfter, localText } from "../../ui/zoned";
import type { Hours } from "./fields";

export const DAY_MINUTES = 1_440;

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
  const [hour = 0, minute = 0, second = 0] = localText(instant, zone).slice(11).split(":").map(Number);
  return hour * 60 + minute + second / 60;
}

/** Return the first instant of the day that contains `now` and of the next day, in milliseconds. */
export function dayAround(now: number, zone: string): { start: number; end: number } {
  return { start: dayAfter(now, 0, zone), end: dayAfter(now, 1, zone) };
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
