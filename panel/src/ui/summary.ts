/** The content of a strip of beats in words. */
import { lookOf } from "./outcomes";

export function summary(statuses: readonly string[]): string {
  if (statuses.length === 0) return "No beats yet";
  const counted = new Map<string, number>();
  for (const status of statuses) counted.set(status, (counted.get(status) ?? 0) + 1);
  const parts = [...counted].sort(([, one], [, other]) => other - one);
  const said = parts.map(([status, number]) => `${number} ${lookOf(status).label}`).join(", ");
  return statuses.length === 1 ? `The last beat: ${said}` : `The last ${statuses.length} beats: ${said}`;
}
