/** Formats instants and durations. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Return a duration in its two largest units: "3 h 20 min", "45 s". */
export function durationText(milliseconds: number): string {
  const rest = Math.max(0, milliseconds);
  if (rest < MINUTE) return `${Math.floor(rest / SECOND)} s`;
  if (rest < HOUR) return two(rest, MINUTE, "min", SECOND, "s");
  if (rest < DAY) return two(rest, HOUR, "h", MINUTE, "min");
  return two(rest, DAY, "d", HOUR, "h");
}

function two(rest: number, large: number, name: string, small: number, other: string): string {
  const whole = Math.floor(rest / large);
  const part = Math.floor((rest % large) / small);
  return part === 0 ? `${whole} ${name}` : `${whole} ${name} ${part} ${other}`;
}

/** Return a duration in seconds, with tenths below 10 s: "0.4 s", "12 s", "2 min 5 s". */
export function secondsText(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : durationText(seconds * SECOND);
}

/**
 * Return an instant relative to now, in one unit: "just now", "5 min ago", "in 2 h".
 *
 * The clocks of server and viewer differ, so only an instant that is known to lie `ahead` comes "in a moment".
 */
export function relativeText(instant: number, now: number, ahead = false): string {
  const away = Math.abs(now - instant);
  if (away < 10 * SECOND) return ahead && instant > now ? "in a moment" : "just now";
  const said = away < MINUTE ? `${Math.floor(away / SECOND)} s` : oneUnit(away);
  return instant > now ? `in ${said}` : `${said} ago`;
}

function oneUnit(away: number): string {
  if (away < HOUR) return `${Math.floor(away / MINUTE)} min`;
  if (away < 2 * DAY) return `${Math.floor(away / HOUR)} h`;
  return `${Math.floor(away / DAY)} d`;
}

/** Return the exact instant in the viewer's zone, with the zone's name. */
export function exactText(instant: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" }).format(instant);
}

/** Return a date, which is kept as its midnight in UTC: "Wed, 4 Nov" in whichever zone the viewer is. */
export function dateText(midnight: number): string {
  const day: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" };
  return new Intl.DateTimeFormat(undefined, day).format(midnight);
}

/** Return when a date begins for the viewer, which is kept as its midnight in UTC. */
export function localMidnight(midnight: number): number {
  const date = new Date(midnight);
  return new Date(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()).getTime();
}

/** Return an instant in ISO 8601 with the viewer's offset from UTC: "2026-11-05T00:00:00-08:00". */
export function withOffset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const two = (number: number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  const local = new Date(at.getTime() + minutes * MINUTE).toISOString().slice(0, 19);
  return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** Return the hour (24-hour clock) or the day at which a bucket of a chart begins. */
export function bucketText(instant: number, bucketSeconds: number): string {
  const format: Intl.DateTimeFormatOptions =
    bucketSeconds * SECOND >= DAY
      ? { day: "numeric", month: "short" }
      : bucketSeconds * SECOND > HOUR
        ? { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }
        : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(undefined, format).format(instant);
}
