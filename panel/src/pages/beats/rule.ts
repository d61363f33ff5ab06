/** What a beat found of a rule of its plan, in one sentence. */
import type { BeatDetail } from "../../api/types";
import { exactText } from "../../ui/times";

type Rule = BeatDetail["rules"][number];

export function ruleText(rule: Rule): string {
  const why = rule.chosen ? `${named(rule)} was chosen` : rule.why;
  const sentence = why.charAt(0).toUpperCase() + why.slice(1);
  const until = rule.until ? ` until ${exactText(Date.parse(rule.until))}` : "";
  const waiting = rule.waiting > 0 ? ` (${rule.waiting} waiting)` : "";
  return `${sentence}${until}${waiting}.`;
}

function named(rule: Rule): string {
  return rule.id.startsWith("message-") ? "an order of yours" : `line ${rule.line}`;
}
