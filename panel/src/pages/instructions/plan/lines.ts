/** What is known of each line of a plan, put together for the list beside the editor. */
import type { Plan, PlanProblem, PlanQuiet, PlanRule } from "../../../api/types";

/** A line with its rules, or its role, or neither if it is unread or could not be read. */
export interface PlanLine {
  id: string;
  line: number;
  text: string;
  rules: readonly PlanRule[];
  quiet: PlanQuiet | null;
  unread: boolean;
}

/** Return the lines in the order of the text. */
export function linesOf(plan: Plan): PlanLine[] {
  const found = new Map<string, PlanLine>();
  for (const rule of plan.rules) {
    const before = found.get(rule.line_id);
    found.set(rule.line_id, {
      ...(before ?? empty(rule.line_id, rule.line, rule.text)),
      rules: [...(before?.rules ?? []), rule],
    });
  }
  for (const quiet of plan.quiet)
    found.set(quiet.line_id, { ...empty(quiet.line_id, quiet.line, quiet.text), quiet });
  for (const { line_id: id, line, text } of plan.unread) found.set(id, { ...empty(id, line, text), unread: true });
  return [...found.values()].toSorted((a, b) => a.line - b.line);
}

function empty(id: string, line: number, text: string): PlanLine {
  return { id, line, text, rules: [], quiet: null, unread: false };
}

/** Return the problems that no rule of their line shows as what it lacks. */
export function otherProblems(plan: Plan): PlanProblem[] {
  const lacks = new Set(plan.rules.flatMap((rule) => rule.lacks.map((lack) => `${rule.line}:${lack.message}`)));
  return plan.problems.filter(({ line, message }) => !lacks.has(`${line}:${message}`));
}

/** Whoever decided about a line: null where the model did. */
export function correctedBy(line: PlanLine): string | null {
  const decided = line.rules[0] ?? line.quiet;
  if (decided === null || decided.decided_by === "model") return null;
  return decided.decided_by === "file" ? "HEARTBEAT.plan.json" : (decided.by ?? "somebody");
}

/** Whether the model was close to reading something else. */
export function isUnsure(line: PlanLine): boolean {
  return line.rules.some((rule) => rule.unsure) || line.quiet?.unsure === true;
}
