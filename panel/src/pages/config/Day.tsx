/** A picture of today in the thread's zone: the active hours, the beats in it, and the present moment. */
import { Text } from "@mantine/core";

import { type Plan, useSlotsBetween } from "../../api/schedule";
import { useNow } from "../../ui/clock";
import classes from "./Config.module.css";
import { apart } from "./apart";
import { DAY_MINUTES, dayAround, isZone, minuteOf, openParts } from "./dayInZone";
import { type Hours, isHours } from "./fields";

const MINUTE = 60_000;
const HEIGHT = 40;
const LABELS = [0, 6, 12, 18, 24];

interface Props {
  plan: Plan;
  hours: unknown;
}

export function Day({ plan, hours }: Props) {
  const now = useNow(MINUTE);
  const zone = plan.timezone;
  const parts = openParts(isHours(hours) ? hours : null);
  if (!isZone(zone) || parts === null) return null;
  return <Drawn plan={plan} hours={isHours(hours) ? hours : null} parts={parts} now={now} />;
}

interface DrawnProps {
  plan: Plan;
  hours: Hours | null;
  parts: readonly [number, number][];
  now: number;
}

function Drawn({ plan, hours, parts, now }: DrawnProps) {
  const zone = plan.timezone;
  const { start, end } = dayAround(now, zone);
  const asked = useSlotsBetween(plan, start, end);
  const slots = asked.data ?? [];
  const moment = minuteOf(now, zone);
  const past = slots.filter((slot) => slot < now);
  const coming = slots.slice(past.length);
  const when = hours === null ? "active all day" : `active from ${hours.start} to ${hours.end}`;
  const number = `${slots.length} ${slots.length === 1 ? "slot" : "slots"}, ${coming.length} to come`;
  // If the service refuses the values, the number of slots is unknown, not 0.
  const counted = asked.data === undefined ? "" : `${number}; `;
  const it = `${counted}it is ${clockText(moment)} there`;
  return (
    <div className={classes.day}>
      <svg viewBox={`0 0 ${DAY_MINUTES} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`Today in ${zone}: ${when}; ${it}`}>
        <rect className={classes.night} width={DAY_MINUTES} height={HEIGHT} />
        {parts.map(([from, to]) => (
          <rect key={from} className={classes.open} x={from} width={to - from} height={HEIGHT} />
        ))}
        <Slots slots={past} zone={zone} kind="past" />
        <Slots slots={coming} zone={zone} kind="coming" />
        <path className={classes.now} d={`M${moment.toFixed(1)} 0V${HEIGHT}`} />
      </svg>
      <div className={classes.hours} aria-hidden>
        {LABELS.map((hour) => (
          <span key={hour}>{String(hour).padStart(2, "0")}</span>
        ))}
      </div>
      <Text size="xs" c="dimmed">
        Today in {zone}: {it}.
      </Text>
    </div>
  );
}

interface SlotsProps {
  slots: readonly number[];
  zone: string;
  kind: "past" | "coming";
}

/** One line per slot; slots too close to be told apart are drawn as one band. */
function Slots({ slots, zone, kind }: SlotsProps) {
  const { lines, bands } = apart(slots.map((slot) => minuteOf(slot, zone)));
  return (
    <>
      {bands.map(([from, to]) => (
        <rect key={from} className={kind === "past" ? classes.pastBand : classes.comingBand} x={from} width={to - from} y={12} height={HEIGHT - 12} />
      ))}
      <path className={classes[kind]} d={lines.map((at) => `M${at.toFixed(1)} 12V${HEIGHT}`).join("")} />
    </>
  );
}

function clockText(minute: number): string {
  const whole = Math.floor(minute);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}
