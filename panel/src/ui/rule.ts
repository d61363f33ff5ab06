/** What was found of a rule of a plan, in one sentence. */
import type { BeatDetail } from "../api/types";
import { exactText } from "./times";

export type FoundRule = BeatDetail["rules"][number];

/** Return the sentence; `chosen` says what became of the one that is followed, such as "was chosen". */
export function ruleText(rule: FoundRule, chosen: string): string {
  const why = rule.chosen ? `${named(rule)} ${chosen}` : rule.why;
  const sentence = why.charAt(0).toUpperCase() + why.slice(1);
  const until = rule.until ? ` until ${exactText(Date.parse(rule.until))}` : "";
  const waiting = rule.waiting > 0 ? ` (${rule.waiting} waiting)` : "";
  return `${sentence}${until}${waiting}.`;
}

function named(rule: FoundRule): string {
  return rule.id.startsWith("message-") ? "an order of yours" : `line ${rule.line}`;
}
