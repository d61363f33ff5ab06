/** The values of the form that decide when a thread beats. */
import type { Scope } from "../../api/config";
import type { Plan } from "../../api/schedule";
import { wire } from "./edits";
import { isHours, type Values } from "./fields";

/** Return the parameters of a schedule query; they name every value, so that saved ones do not matter. */
export function planOf(scope: Scope, values: Values): Plan {
  const hours = wire("active_hours", values.active_hours);
  return {
    ...(scope !== null && { thread: scope }),
    every: String(wire("every", values.every)),
    timezone: String(wire("timezone", values.timezone)),
    ...(isHours(hours) ? { start: hours.start, end: hours.end } : { all_day: true }),
  };
}
