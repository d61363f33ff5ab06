/** Which way a beat has taken through the graph: what was heard live, and what its row tells. */
import type { BeatDetail } from "../../api/types";
import type { NodeFinished } from "../../live/nodes";
import { lookOf, reasonText } from "../../ui/outcomes";
import { answerOf, dueOf, roundsOf, seenOf } from "./row";

/** `passed`: it has finished; `running`: it has begun; `waiting`: for a person; `unknown`: it cannot be told. */
export type State = "passed" | "running" | "waiting" | "not_reached" | "unknown";

export interface Step {
  node: string;
  state: State;
  /** How often it has finished, as far as that is known. */
  times: number;
  found: string | null;
  /** When, where it was heard live. */
  at: string | null;
}

export interface Path {
  steps: Step[];
  /** The ways that were taken, as "source>target". */
  ways: ReadonlySet<string>;
  /** What cannot be told of it, in one sentence. */
  note: string | null;
}

export const NODES = [
  "load_instructions",
  "gather_context",
  "decide",
  "validate",
  "approve",
  "dispatch",
  "settle",
] as const;

export type NodeName = (typeof NODES)[number];

const DOOR = new Set(["disabled", "paused", "quiet_hours", "busy", "awaiting_approval", "cooldown"]);
const INSTRUCTIONS = new Set(["no_instructions", "unreadable_instructions", "empty_instructions", "no_tasks_due"]);
const MODEL = new Set(["model_unreachable", "model_error", "model_timeout"]);

/** Whether the beat was stopped before any node began. */
export function stoppedAtDoor(beat: BeatDetail): boolean {
  return beat.status === "missed" || (beat.status === "skipped" && DOOR.has(beat.reason ?? ""));
}

/** The way of a beat: live as far as it was heard, else from its row. */
export function pathOf(beat: BeatDetail, heard: readonly NodeFinished[]): Path {
  const run = lastRun(heard);
  if (beat.status === "running" || beat.status === "awaiting_approval" || heardAll(run)) return live(beat, run);
  return told(beat);
}

/** What was heard of the newest run: a beat that is approved, or taken over, goes through the graph again. */
function lastRun(heard: readonly NodeFinished[]): readonly NodeFinished[] {
  const begin = heard.findLastIndex((each) => each.node === NODES[0]);
  return heard.slice(Math.max(begin, 0));
}

function heardAll(run: readonly NodeFinished[]): boolean {
  return run[0]?.node === NODES[0] && run.at(-1)?.node === "settle";
}

function live(beat: BeatDetail, run: readonly NodeFinished[]): Path {
  const whole = run[0]?.node === NODES[0];
  const before = whole ? [] : certain(beat);
  const nodes = [...before, ...run.map((each) => each.node)];
  const next = run.at(-1)?.next ?? null;
  const waits = beat.status === "awaiting_approval";
  const now = waits ? "approve" : beat.status === "running" ? next : null;
  const way = now === null ? nodes : [...nodes, now];
  const reached = (node: string): State => {
    if (node === now) return waits ? "waiting" : "running";
    if (nodes.includes(node)) return "passed";
    return whole || waits ? "not_reached" : "unknown";
  };
  const steps = NODES.map((node): Step => {
    const said = run.findLast((each) => each.node === node);
    return {
      node,
      state: reached(node),
      times: nodes.filter((each) => each === node).length,
      found: typeof said?.found === "string" && said.found !== "" ? said.found : fromRow(beat, node, reached(node)),
      at: said?.at ?? null,
    };
  });
  const note =
    whole || waits
      ? null
      : "This page was opened after the beat had begun: nodes are shown from the next one that finishes.";
  return { steps, ways: waysOf(way), note };
}

/** The nodes that a row shows to be passed, whatever came after. */
function certain(beat: BeatDetail): NodeName[] {
  const rounds = beat.rounds.length;
  if (rounds > 0) {
    const mended = rounds > 1 ? (["validate", "decide"] as const) : [];
    const done: NodeName[] = ["load_instructions", "gather_context", "decide", ...mended];
    if (beat.draft !== null || beat.actions.length > 0) done.push("validate");
    if (beat.actions.length > 0) done.push("approve", "dispatch");
    // One that waited too long is ended where it waits: settle does not run.
    else if (beat.expires_at !== null && beat.status !== "awaiting_approval") done.push("approve");
    return done;
  }
  return beat.instructions_sha256 === null ? [] : ["load_instructions"];
}

function told(beat: BeatDetail): Path {
  if (stoppedAtDoor(beat)) {
    const steps = NODES.map((node): Step => ({ node, state: "not_reached", times: 0, found: null, at: null }));
    return { steps, ways: new Set(), note: "It was stopped at the door: no node has run." };
  }
  const full = ended(beat);
  const nodes = full ?? certain(beat);
  const steps = NODES.map((node): Step => {
    const times = nodes.filter((each) => each === node).length;
    const state: State = times > 0 ? "passed" : full === null ? "unknown" : "not_reached";
    return { node, state, times, found: fromRow(beat, node, state), at: null };
  });
  return {
    steps,
    ways: waysOf(nodes),
    note:
      full === null
        ? "How far it came is not kept; what its row shows for certain is marked."
        : "What each node said is only told while the beat runs; this is the way that its row tells.",
  };
}

/** The nodes that the row of a beat with its end has gone through, in order; null where that cannot be told. */
function ended(beat: BeatDetail): NodeName[] | null {
  const before = beforeSettle(beat);
  return before === null ? null : [...before, "settle"];
}

function beforeSettle(beat: BeatDetail): NodeName[] | null {
  const reason = beat.reason ?? "";
  const rounds = beat.rounds.length;
  const decided: NodeName[] = certainlyDecided(rounds);
  const delivered: NodeName[] = [...decided, "validate", "approve", "dispatch"];
  if (endedDeciding(beat)) return decided;
  switch (beat.status) {
    case "acted":
      return delivered;
    case "none":
      // What was found to be done already after a draft was made was found by dispatch.
      if (reason === "duplicate" && beat.draft !== null) return delivered;
      return rounds > 0 ? [...decided, "validate"] : null;
    case "dry_run":
      return [...decided, "validate"];
    case "rejected":
      return reason === "rejected" ? [...decided, "validate", "approve"] : null;
    case "skipped":
    case "failed":
      if (INSTRUCTIONS.has(reason)) return ["load_instructions"];
      if (reason === "unchanged") return ["load_instructions", "gather_context"];
      if (reason === "target_cooldown") return rounds > 0 ? delivered : ["load_instructions", "gather_context"];
      if (reason === "budget_exhausted") {
        if (rounds === 0) return ["load_instructions"];
        return beat.draft === null ? [...decided, "validate", "decide"] : delivered;
      }
      if (MODEL.has(reason))
        return rounds > 0 ? [...decided, "validate", "decide"] : ["load_instructions", "gather_context", "decide"];
      if (reason === "invalid_decision") return [...decided, "validate"];
      if (reason === "dispatch") return delivered;
      return null;
    default:
      return null;
  }
}

/** Whether the last round came to no decision, and ended the beat. */
function endedDeciding(beat: BeatDetail): boolean {
  return (beat.status === "skipped" || beat.status === "failed") && roundsOf(beat).at(-1)?.ended === true;
}

function certainlyDecided(rounds: number): NodeName[] {
  const mended: NodeName[] = rounds > 1 ? ["validate", "decide"] : [];
  return ["load_instructions", "gather_context", "decide", ...mended];
}

function waysOf(nodes: readonly string[]): Set<string> {
  const all = nodes.length > 0 ? ["__start__", ...nodes] : [];
  if (nodes.at(-1) === "settle") all.push("__end__");
  return new Set(all.slice(1).map((node, place) => `${all[place] ?? ""}>${node}`));
}

/** What a node has found, as far as the row tells it. */
function fromRow(beat: BeatDetail, node: NodeName, state: State): string | null {
  if (state === "waiting") return "waits for a person";
  if (state !== "passed") return null;
  const rounds = roundsOf(beat);
  switch (node) {
    case "load_instructions": {
      // The row does not tell whether there are tasks at all: that none is due says nothing then.
      const due = dueOf(beat);
      return due === null || due === 0 ? null : `${due} ${due === 1 ? "task" : "tasks"} due`;
    }
    case "gather_context": {
      const seen = seenOf(beat);
      return seen === null ? null : `${seen.filter((item) => item.fresh).length} new of ${seen.length} items`;
    }
    case "decide":
      if (rounds.length === 0) return MODEL.has(beat.reason ?? "") ? reasonText(beat.reason) : null;
      return rounds.map(decidedText).join("; then ");
    case "validate":
      if (beat.reason === "invalid_decision") return "not allowed";
      return rounds.length > 1 ? "not allowed at first, asked again" : null;
    case "approve": {
      const said = answerOf(beat);
      if (said === null) return "no approval needed";
      if (said.answer === "reject") return "a person said no";
      return said.edited === null ? "approved" : "approved, with an edit";
    }
    case "dispatch": {
      const [done] = beat.actions;
      return done ? `${done.kind} to ${done.target}: ${done.status}` : null;
    }
    case "settle": {
      const why = reasonText(beat.reason);
      return why === null ? lookOf(beat.status).label : `${lookOf(beat.status).label}: ${why}`;
    }
  }
}

function decidedText(round: { by: string; decision: Record<string, unknown> | null }): string {
  const action = typeof round.decision?.action === "string" ? round.decision.action : "no decision";
  return round.by === "rules" ? `by the rules: ${action}` : action;
}
