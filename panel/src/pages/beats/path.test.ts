import { expect, test } from "vitest";

import type { BeatDetail } from "../../api/types";
import type { NodeFinished } from "../../live/nodes";
import { beat } from "../../testing/beats";
import { NODES, pathOf, type State } from "./path";

const ROUND = { decided_by: "model", decision: { action: "post" }, reply: "{}", problem: null };
const ENDED = { decided_by: null, decision: null, reply: null, problem: "No answer.", ending: { status: "failed" } };
const DRAFT = { kind: "post", title: "Tea" };
const DONE: BeatDetail["actions"][number] = {
  kind: "post",
  target: "forum",
  target_id: null,
  board: "general",
  title: "Tea",
  content: "Which?",
  vote_direction: null,
  fields: null,
  status: "sent",
  receipt: { post_id: 1 },
};

/** The states, a letter each, in the order of the nodes. */
function states(of: BeatDetail, heard: readonly NodeFinished[] = []): string {
  const letters: Record<State, string> = { passed: "P", running: "R", waiting: "W", not_reached: ".", unknown: "?" };
  return pathOf(of, heard)
    .steps.map((step) => letters[step.state])
    .join("");
}

function said(node: string, next: string | null): NodeFinished {
  return { node, found: `${node} says`, next, at: "2026-11-02T12:00:00Z" };
}

test.each([
  ["acted", { status: "acted", rounds: [ROUND], draft: DRAFT, actions: [DONE] }, "PPPPPPP"],
  ["silent", { status: "none", rounds: [ROUND] }, "PPPP..P"],
  ["done already, found at once", { status: "none", reason: "duplicate", rounds: [ROUND] }, "PPPP..P"],
  ["done already, found late", { status: "none", reason: "duplicate", rounds: [ROUND], draft: DRAFT }, "PPPPPPP"],
  ["dry run", { status: "dry_run", rounds: [ROUND], draft: DRAFT }, "PPPP..P"],
  ["rejected", { status: "rejected", reason: "rejected", rounds: [ROUND], draft: DRAFT }, "PPPPP.P"],
  ["expired", { status: "rejected", reason: "expired", rounds: [ROUND], draft: DRAFT, expires_at: "2026-11-02T12:00:00Z" }, "PPPPP??"],
  ["no instructions", { status: "skipped", reason: "no_instructions" }, "P.....P"],
  ["instructions that cannot be read", { status: "skipped", reason: "unreadable_instructions" }, "P.....P"],
  ["unchanged", { status: "skipped", reason: "unchanged" }, "PP....P"],
  ["no model", { status: "skipped", reason: "model_unreachable" }, "PPP...P"],
  ["no model for the repair", { status: "skipped", reason: "model_unreachable", rounds: [ROUND] }, "PPPP..P"],
  ["too soon for the target", { status: "skipped", reason: "target_cooldown" }, "PP....P"],
  ["too soon meanwhile", { status: "skipped", reason: "target_cooldown", rounds: [ROUND], draft: DRAFT }, "PPPPPPP"],
  ["budget spent before", { status: "skipped", reason: "budget_exhausted" }, "P.....P"],
  ["budget spent meanwhile", { status: "skipped", reason: "budget_exhausted", rounds: [ROUND], draft: DRAFT }, "PPPPPPP"],
  ["budget spent before a repair", { status: "skipped", reason: "budget_exhausted", rounds: [ROUND] }, "PPPP..P"],
  ["budget spent while it decided", { status: "skipped", reason: "budget_exhausted", rounds: [ENDED] }, "PPP...P"],
  ["no answer to a small question", { status: "failed", reason: "model_error", rounds: [ENDED] }, "PPP...P"],
  ["broken while it decided", { status: "failed", reason: "internal", rounds: [ENDED] }, "PPP...P"],
  ["no answer to a repair", { status: "failed", reason: "model_timeout", rounds: [ROUND, ENDED] }, "PPPP..P"],
  ["not allowed", { status: "failed", reason: "invalid_decision", rounds: [ROUND, ROUND] }, "PPPP..P"],
  ["the target refused", { status: "failed", reason: "dispatch", rounds: [ROUND], draft: DRAFT }, "PPPPPPP"],
  ["stopped at the door", { status: "skipped", reason: "paused" }, "......."],
  ["missed", { status: "missed" }, "......."],
  ["broken somewhere", { status: "failed", reason: "internal", instructions_sha256: "ab" }, "P??????"],
  ["given up", { status: "abandoned", rounds: [ROUND] }, "PPP????"],
  ["of a newer service", { status: "dreamt" as BeatDetail["status"] }, "???????"],
] satisfies [string, Partial<BeatDetail>, string][])("the row of a beat tells its way: %s", (_, more, expected) => {
  expect(states(beat(more))).toBe(expected);
});

test("a repair goes back once, and forward again", () => {
  const path = pathOf(beat({ status: "none", rounds: [ROUND, ROUND] }), []);
  expect(path.ways.has("validate>decide")).toBe(true);
  expect(path.steps.map((step) => step.times)).toEqual([1, 1, 2, 2, 0, 0, 1]);
});

test("nodes light up one after the other, as they are heard", () => {
  const running = beat({ status: "running" });
  const heard = [said("load_instructions", "gather_context")];
  expect(states(running, heard)).toBe("PR.....");
  heard.push(said("gather_context", "decide"));
  expect(states(running, heard)).toBe("PPR....");
  const path = pathOf(running, heard);
  expect(path.steps[0]?.found).toBe("load_instructions says");
  expect(path.ways).toEqual(
    new Set(["__start__>load_instructions", "load_instructions>gather_context", "gather_context>decide"]),
  );
  heard.push(said("decide", "validate"), said("validate", "decide"));
  // Asked again: decide runs a second time.
  expect(states(running, heard)).toBe("PPRP...");
});

test("what was heard to the end says more than the row", () => {
  const nodes = ["load_instructions", "gather_context", "decide", "validate", "settle"];
  const heard = nodes.map((node, place) => said(node, nodes[place + 1] ?? null));
  const path = pathOf(beat({ status: "none", rounds: [ROUND] }), heard);
  expect(path.note).toBeNull();
  expect(path.steps.find((step) => step.node === "decide")?.found).toBe("decide says");
  expect(states(beat({ status: "none", rounds: [ROUND] }), heard)).toBe("PPPP..P");
});

test("a page opened in the middle does not invent what it has not heard", () => {
  expect(states(beat({ status: "running" }))).toBe("???????");
  expect(states(beat({ status: "running", instructions_sha256: "ab" }))).toBe("P??????");
  expect(states(beat({ status: "running", instructions_sha256: "ab" }), [said("decide", "validate")])).toBe("P?PR???");
  expect(pathOf(beat({ status: "running" }), []).note).toContain("opened after");
});

test("a beat that waits for a person stands at approve", () => {
  const waiting = beat({ status: "awaiting_approval", rounds: [ROUND], draft: DRAFT, expires_at: "2026-11-02T12:00:00Z" });
  expect(states(waiting)).toBe("PPPPW..");
  const nodes = NODES.slice(0, 4);
  const heard = nodes.map((node, place) => said(node, NODES[place + 1] ?? null));
  expect(states(waiting, heard)).toBe("PPPPW..");
  // Approved, it goes through the graph again; the first way is not counted twice.
  const again = NODES.map((node, place) => said(node, NODES[place + 1] ?? null));
  const path = pathOf(beat({ status: "acted", rounds: [ROUND], draft: DRAFT, actions: [DONE] }), [...heard, ...again]);
  expect(path.steps.map((step) => step.times)).toEqual([1, 1, 1, 1, 1, 1, 1]);
});
