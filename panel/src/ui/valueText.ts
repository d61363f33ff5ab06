/** Fields of an action of a target's own kind: plain values under names that only the target knows. */
import { asWritten } from "./asWritten";

export type OwnFields = Readonly<Record<string, unknown>>;

/** A value as text; an empty text and none look alike, as nothing. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? asWritten(value) : JSON.stringify(value);
}
