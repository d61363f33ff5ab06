/** When an order of a message ends: what is typed, and the instant that it stands for. */
import type { PlanUntil } from "../../../api/types";
import { dateAfter, dayAfter, instantAt, localText } from "../../../ui/zoned";

export type UntilHow = "none" | "next" | "today" | "weekday" | "date" | "span";

/** The ways in which an order may end, as people read them. */
export const UNTIL: Record<UntilHow, string> = {
  none: "it does not say",
  next: "until my next message",
  today: "until the day is over",
  weekday: "until a day of the week",
  date: "until a date and time",
  span: "for some hours or days",
};

export interface TypedUntil {
  how: UntilHow;
  /** Monday is 0. */
  weekday: string;
  /** A local time in the zone of the plan: "2026-11-05T00:00". */
  date: string;
  number: string;
  unit: "hours" | "days";
  /** The end as it was when the form was opened. */
  kept: PlanUntil | null;
}

/** What the ends of a message count from, and the zone of its days. */
export interface Spoken {
  saidAt: string;
  /** When what it orders was ended by hand. */
  liftedAt: string | null;
}

const HOUR = 3_600_000;
const MOST = 1_000;
const START: TypedUntil = { how: "none", weekday: "0", date: "", number: "2", unit: "hours", kept: null };

/** Return an end as it is typed. */
export function typedUntil(until: PlanUntil | null, zone: string): TypedUntil {
  const instant = until?.instant ?? null;
  if (instant !== null) return { ...START, how: "date", date: shown(instant, zone), kept: until };
  return { ...START, how: until?.next_message === true ? "next" : "none", kept: until };
}

/** Return the end that a rule has by itself: one that was lifted is shown as ending when that was done. */
export function unlifted(until: PlanUntil | null, spoken: Spoken | undefined): PlanUntil | null {
  const lifted = spoken?.liftedAt ?? null;
  const instant = until?.instant ?? null;
  if (lifted === null || instant === null || Date.parse(instant) !== Date.parse(lifted)) return until;
  return until?.next_message === true ? { instant: null, next_message: true } : null;
}

/** Return the end that is typed, or in words what is wrong with it. */
export function untilOf(typed: TypedUntil, { saidAt }: Spoken, zone: string): PlanUntil | null | string {
  const said = Date.parse(saidAt);
  switch (typed.how) {
    case "none":
      return null;
    case "next":
      return { instant: null, next_message: true };
    case "today":
      return ending(dayAfter(said, 1, zone));
    case "weekday":
      return ending(nextDay(said, Number(typed.weekday), zone));
    case "date": {
      const kept = typed.kept?.instant ?? null;
      // Its seconds are not in the field.
      if (kept !== null && typed.kept !== null && shown(kept, zone) === typed.date) return typed.kept;
      const instant = typed.date === "" ? Number.NaN : instantAt(typed.date, zone);
      return Number.isNaN(instant) ? "A date with a time." : ending(instant);
    }
    case "span": {
      const number = Number(typed.number.trim());
      if (!/^\d+$/.test(typed.number.trim()) || number < 1 || number > MOST) return `A whole number from 1 to ${MOST}.`;
      return ending(typed.unit === "hours" ? said + number * HOUR : sameTime(said, number, zone));
    }
  }
}

/** Return what is known of an end that is typed, in words; null where it is not an instant. */
export function endText(typed: TypedUntil, spoken: Spoken, zone: string, now: number): string | null {
  const until = untilOf(typed, spoken, zone);
  const instant = until === null || typeof until === "string" ? null : (until.instant ?? null);
  if (instant === null) return null;
  const at = Date.parse(instant);
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short", timeZone: zone }).format(at);
  return at > now ? `It ends on ${day} (${zone}).` : `It has ended on ${day} (${zone}).`;
}

function ending(instant: number): PlanUntil {
  return { instant: new Date(instant).toISOString(), next_message: false };
}

function shown(instant: string, zone: string): string {
  return localText(Date.parse(instant), zone).slice(0, 16);
}

/** Return when the next such day of the week begins after the message. */
function nextDay(said: number, weekday: number, zone: string): number {
  const today = new Date(`${dateAfter(said, 0, zone)}T00:00Z`).getUTCDay();
  const ahead = (weekday + 1 - today + 7) % 7;
  return dayAfter(said, ahead === 0 ? 7 : ahead, zone);
}

function sameTime(said: number, days: number, zone: string): number {
  return instantAt(`${dateAfter(said, days, zone)}${localText(said, zone).slice(10)}`, zone);
}
