/** What is known of each line of a plan, put together for the list beside the editor. */
import type { Plan, PlanProblem, PlanQuiet, PlanRule, PlanSaid } from "../../../api/types";
import type { Spoken } from "./until";
import { ROLE } from "./words";

/** A line with its rules, or its role, or neither if it is unread or could not be read. */
export interface PlanLine {
  id: string;
  line: number;
  text: string;
  rules: readonly PlanRule[];
  quiet: PlanQuiet | null;
  unread: boolean;
  /** Whether reading it failed twice. */
  failed: boolean;
  /** When it was said, of a message of the owner, whose number is its `line`. */
  message?: Spoken;
}

/** Who decided about a line in place of the model, and when; the file of corrections has no instant. */
export interface Decision {
  by: string;
  at: string | null;
  /** Where it can be taken back: in this plan, in that of the workspace, or in the file of corrections. */
  where: "here" | "workspace" | "file";
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
  for (const { line_id: id, line, text } of plan.failed) found.set(id, { ...empty(id, line, text), failed: true });
  return plan.line_ids.flatMap((id) => found.get(id) ?? []);
}

function empty(id: string, line: number, text: string): PlanLine {
  return { id, line, text, rules: [], quiet: null, unread: false, failed: false };
}

/** Return a message of the owner as a line of the plan. */
export function messageLine(said: PlanSaid): PlanLine {
  const { message, line_id: id, text, role, rules, unread, failed, unsure, decided_by, by, at, can_take_back } = said;
  const quiet: PlanQuiet | null =
    role === null
      ? null
      : { line_id: id, line: message, text, role, decided_by: decided_by ?? "model", by, at, can_take_back, unsure };
  const spoken = { saidAt: said.said_at, liftedAt: said.lifted_at };
  return { id, line: message, text, rules, quiet, unread, failed, message: spoken };
}

/** Return what a line is called where it is one of others: "line 7", "message 12". */
export function nounOf({ message }: Pick<PlanLine, "message">): string {
  return message ? "message" : "line";
}

/** Return the problems that no rule of their line shows as what it lacks. */
export function otherProblems(plan: Plan): PlanProblem[] {
  const lacks = new Set(plan.rules.flatMap((rule) => rule.lacks.map((lack) => `${rule.line}:${lack.message}`)));
  return plan.problems.filter(({ line, message }) => !lacks.has(`${line}:${message}`));
}

/** Whether beats follow the plan, in one sentence; null while no line of it is read, since nothing is followed then. */
export function followsOf({ follows, reading }: Pick<Plan, "follows" | "reading">): string | null {
  return follows.beats && reading.read === 0 && reading.of > 0 ? null : follows.message;
}

/** Whoever decided about a line, and when: null where the model did. */
export function correctionOf(line: PlanLine): Decision | null {
  const decided = line.rules[0] ?? line.quiet;
  if (decided === null || decided.decided_by === "model") return null;
  const { by, at, can_take_back: isHere } = decided;
  if (decided.decided_by === "file") return { by: "HEARTBEAT.plan.json", at, where: "file" };
  return { by: by ?? "somebody", at, where: isHere ? "here" : "workspace" };
}

/** Return how a line is read, in words; null where it is not. */
export function wordsOf(line: PlanLine): string | null {
  if (line.quiet !== null) return `${ROLE[line.quiet.role]}: it asks for nothing by itself.`;
  return line.rules.length === 0 ? null : line.rules.map((rule) => rule.says).join(" ");
}

/** Whether the model was close to reading something else. */
export function isUnsure(line: PlanLine): boolean {
  return line.rules.some((rule) => rule.unsure) || line.quiet?.unsure === true;
}
