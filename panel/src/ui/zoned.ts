/** Local times in a time zone: of an instant, and the instant of one that is typed. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("sv-SE", {
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

/** Return what a calendar and a clock in the zone show: "2026-11-05T00:00:00". */
export function localText(instant: number, zone: string): string {
  return formatOf(zone).format(instant).replace(" ", "T");
}

/**
 * Return the instant at which the zone shows a local time such as "2026-11-05T00:00".
 *
 * A time that the clock jumps over is moved by the jump; of one that it shows twice the first counts.
 */
export function instantAt(local: string, zone: string): number {
  const wall = Date.parse(`${local}Z`);
  const ahead = (instant: number) => Date.parse(`${localText(instant, zone)}Z`) - Math.floor(instant / 1000) * 1000;
  // What the zone is ahead of UTC some hours before and after, so on both sides of a change of its clock.
  const [before, after] = [ahead(wall - 26 * HOUR), ahead(wall + 26 * HOUR)];
  const first = wall - before;
  if (ahead(first) === before) return first;
  const second = wall - after;
  return ahead(second) === after ? second : first;
}

/** Return the first instant of the day that is so many days after that of an instant. */
export function dayAfter(instant: number, days: number, zone: string): number {
  return instantAt(`${dateAfter(instant, days, zone)}T00:00`, zone);
}

/** Return the date that is so many days after that of an instant: "2026-11-05". */
export function dateAfter(instant: number, days: number, zone: string): string {
  const today = Date.parse(`${localText(instant, zone).slice(0, 10)}T00:00Z`);
  return new Date(today + days * 24 * HOUR).toISOString().slice(0, 10);
}
