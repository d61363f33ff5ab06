/** Values of a target's own fields as a person types them, and back. */
import { valueText } from "../../ui/valueText";

export function typed(value: unknown): string | boolean {
  return typeof value === "boolean" ? value : valueText(value);
}

/** What the service gets for it, by what stood there before: a number stays one, and where nothing stood, nothing may. */
export function meant(before: unknown, now: string | boolean): unknown {
  if (typeof now === "boolean") return now;
  if ((before === null || before === undefined) && now === "") return null;
  if (typeof before !== "number" || now.trim() === "") return now;
  const number = Number(now);
  // What is no number is sent as it is, and refused in the target's own words.
  return Number.isFinite(number) ? number : now;
}
