/** The fields of an action whose kind the target defines: plain values by name. */
import { asWritten } from "./asWritten";

export type OwnFields = Readonly<Record<string, unknown>>;

/** Return a value as text; empty for null and undefined. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? asWritten(value) : JSON.stringify(value);
}
