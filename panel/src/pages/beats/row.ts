/** Parses the parts of a beat's row that the API types as arbitrary JSON; unknown fields are ignored. */
import type { BeatDetail } from "../../api/types";

type Json = Record<string, unknown>;

export interface Round {
  /** Who decided: `model` or `rules`. */
  by: string;
  /** The model's unchanged reply; null if the rules decided. */
  reply: string | null;
  decision: Json | null;
  /** Why the reply could not be parsed, or null. */
  problem: string | null;
  /** Why no model was asked, or null. */
  why: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  seconds: number | null;
  at: string | null;
  /** The small questions before the decision, in beats of earlier versions. */
  steps: Step[];
  /** Whether the round ended the beat without a decision. */
  ended: boolean;
}

export interface Step {
  /** The name of the question: label, hours, wanted, choose, fits, ... */
  name: string;
  asked: string;
  answer: string;
}

export interface Asked {
  role: string;
  text: string;
}

export interface Attempt {
  at: string;
  status: string;
  reason: string | null;
}

export interface Seen {
  kind: string;
  id: string;
  author: string;
  title: string;
  content: string;
  fresh: boolean;
  own: boolean;
}

export function roundsOf(beat: BeatDetail): Round[] {
  return beat.rounds.filter(isObject).map((round) => ({
    by: text(round.decided_by) ?? "model",
    reply: text(round.reply),
    decision: isObject(round.decision) ? round.decision : null,
    problem: text(round.problem),
    why: text(round.why),
    promptTokens: number(round.prompt_tokens),
    completionTokens: number(round.completion_tokens),
    seconds: number(round.seconds),
    at: text(round.at),
    steps: Array.isArray(round.steps) ? round.steps.filter(isObject).map(stepOf) : [],
    ended: isObject(round.ending),
  }));
}

function stepOf(step: Json): Step {
  const answer = isObject(step.answer) ? Object.entries(step.answer) : [];
  const told = answer.filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0));
  return {
    name: text(step.name) ?? "",
    asked: text(step.asked) ?? "",
    answer: told.map(([field, value]) => `${field} ${text(value) ?? JSON.stringify(value)}`).join(", "),
  };
}

export function promptOf(beat: BeatDetail): Asked[] {
  return (beat.prompt ?? []).flatMap((message): Asked[] => {
    if (!Array.isArray(message)) return [];
    const [role, said] = message as unknown[];
    return typeof role === "string" && typeof said === "string" ? [{ role, text: said }] : [];
  });
}

export function attemptsOf(beat: BeatDetail): Attempt[] {
  return beat.attempts.filter(isObject).flatMap((attempt) => {
    const at = text(attempt.at);
    return at === null ? [] : [{ at, status: text(attempt.status) ?? "", reason: text(attempt.reason) }];
  });
}

export function problemsOf(beat: BeatDetail): string[] {
  return beat.problems.map((problem) => (typeof problem === "string" ? problem : JSON.stringify(problem)));
}

/** Return the items that the beat saw; null if its row contains none. */
export function seenOf(beat: BeatDetail): Seen[] | null {
  const feed = beat.context?.feed;
  if (!isObject(feed) || !Array.isArray(feed.items)) return null;
  return feed.items.filter(isObject).flatMap(family);
}

function family(item: Json): Seen[] {
  const below = Array.isArray(item.comments) ? item.comments.filter(isObject).flatMap(family) : [];
  const one: Seen = {
    kind: text(item.kind) ?? "item",
    id: text(item.id) ?? "",
    author: text(item.author) ?? "",
    title: text(item.title) ?? "",
    content: text(item.content) ?? "",
    fresh: item.new === true,
    own: item.own === true,
  };
  return [one, ...below];
}

/** Return how many tasks were due; null if the row does not contain it. */
export function dueOf(beat: BeatDetail): number | null {
  const instructions = beat.context?.instructions;
  return isObject(instructions) && Array.isArray(instructions.due) ? instructions.due.length : null;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
