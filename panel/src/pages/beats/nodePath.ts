/** The path of a beat through the graph, from its row and, while it runs, from live events. */
import type { BeatDetail, NodeName } from "../../api/types";
import type { NodeFinished } from "../../live/nodes";
import { foundOnRow, NODES } from "./found";

/** `passed`: finished; `running`: begun; `waiting`: for approval; `unknown`: the row does not contain it. */
export type State = "passed" | "running" | "waiting" | "not_reached" | "unknown";

export interface Step {
  node: string;
  state: State;
  /** How often the node has finished. */
  times: number;
  found: string | null;
  /** When it finished last; null without a live event. */
  at: string | null;
}

export interface Path {
  steps: Step[];
  /** The edges that were taken, as "source>target". */
  ways: ReadonlySet<string>;
  /** Why the steps are incomplete, in one sentence, or null. */
  note: string | null;
}

/** The node at which a beat waits for approval. */
const WAITS_AT: NodeName = "approve";

/** Return the path of a beat. `heard` are the live events of its nodes, including those of earlier runs. */
export function pathOf(beat: BeatDetail, heard: readonly NodeFinished[]): Path {
  const run = newestRun(heard);
  const isWaiting = beat.status === "awaiting_approval";
  const last = beat.status === "running" ? goingOn(run) : undefined;
  const path = last?.path ?? beat.path;
  const finished = path ?? [];
  const now = isWaiting ? WAITS_AT : (last?.next ?? null);
  const isComplete = path !== null && (beat.status !== "running" || last !== undefined);
  const stateOf = (node: string): State => {
    if (node === now) return isWaiting ? "waiting" : "running";
    if (finished.includes(node)) return "passed";
    return isComplete ? "not_reached" : "unknown";
  };
  const steps = nodesOf(finished).map((node): Step => {
    const state = stateOf(node);
    // The run of a waiting beat has ended at the node where it waits, which has an event of its own.
    const said = state === "waiting" ? undefined : run.findLast((each) => each.node === node);
    return {
      node,
      state,
      times: finished.filter((each) => each === node).length,
      found: textOf(said) ?? foundText(beat, node, state),
      at: said?.at ?? null,
    };
  });
  return { steps, ways: waysOf(now === null ? finished : [...finished, now]), note: noteOf(beat, isComplete) };
}

/** Return the last event of a run; none if it ended to wait for approval: the run after the answer begins anew. */
function goingOn(run: readonly NodeFinished[]): NodeFinished | undefined {
  const last = run.at(-1);
  return last?.node === WAITS_AT && last.next === null ? undefined : last;
}

function textOf(said: NodeFinished | undefined): string | null {
  return typeof said?.found === "string" && said.found !== "" ? said.found : null;
}

function foundText(beat: BeatDetail, node: string, state: State): string | null {
  if (state === "waiting") return "waits for a person";
  return state === "passed" ? foundOnRow(beat, node) : null;
}

/** Return the events of the newest run: an approved or taken-over beat goes through the graph again. */
function newestRun(heard: readonly NodeFinished[]): readonly NodeFinished[] {
  const begin = heard.findLastIndex((each) => each.path.length === 1);
  return heard.slice(Math.max(begin, 0));
}

/** Return the nodes to list: the known ones, and finished ones that only a newer service has. */
function nodesOf(finished: readonly string[]): string[] {
  return [...new Set<string>([...NODES, ...finished])];
}

function noteOf(beat: BeatDetail, isComplete: boolean): string | null {
  if (beat.status === "running")
    return isComplete
      ? null
      : "This page was opened after the beat had begun: nodes are added as they finish.";
  if (beat.path === null) return "The version that ran this beat did not keep which nodes it went through.";
  if (beat.path.length === 0) return "It ended before any node had finished.";
  if (beat.status !== "awaiting_approval" && beat.path.at(-1) !== "settle")
    return "It was ended from outside its run: a node that had begun and not finished is not marked.";
  return null;
}

function waysOf(nodes: readonly string[]): Set<string> {
  const all = nodes.length > 0 ? ["__start__", ...nodes] : [];
  if (nodes.at(-1) === "settle") all.push("__end__");
  return new Set(all.slice(1).map((node, place) => `${all[place] ?? ""}>${node}`));
}
