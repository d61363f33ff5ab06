/** What was found of a rule of a plan, in one sentence. */
import type { BeatDetail } from "../api/types";
import { exactText } from "./times";

export type FoundRule = BeatDetail["rules"][number];

/** Return the sentence. */
export function ruleText(rule: FoundRule): string {
  const sentence = rule.why.charAt(0).toUpperCase() + rule.why.slice(1);
  const until = rule.until ? ` until ${exactText(Date.parse(rule.until))}` : "";
  const waiting = rule.waiting > 0 ? ` (${rule.waiting} waiting)` : "";
  const leftOut = rule.left_out ? ` ${rule.left_out}` : "";
  return `${sentence}${until}${waiting}.${leftOut}`;
}
