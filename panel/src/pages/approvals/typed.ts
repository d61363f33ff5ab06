/** Converts values of a target's own fields to typed text and back. */
import { valueText } from "../../ui/valueText";

export function typed(value: unknown): string | boolean {
  return typeof value === "boolean" ? value : valueText(value);
}

/** Return the value to send: a number if `before` is one, null for empty text if `before` was empty, else the text. */
export function meant(before: unknown, now: string | boolean): unknown {
  if (typeof now === "boolean") return now;
  if ((before === null || before === undefined) && now === "") return null;
  if (typeof before !== "number" || now.trim() === "") return now;
  const number = Number(now);
  // Text that is not a number is sent as typed; the target refuses it with its own message.
  return Number.isFinite(number) ? number : now;
}
