import { expect, test } from "vitest";

import type { BeatDetail } from "../../api/types";
import type { NodeFinished } from "../../live/nodes";
import { beat } from "../../testing/beats";
import { NODES } from "./found";
import { pathOf, type State } from "./nodePath";

const ROUND = { decided_by: "model", decision: { action: "post" }, reply: "{}", problem: null };
const CHECKED = NODES.slice(0, 4);

/** Return the states as one letter per node, in the order of the nodes. */
function states(of: BeatDetail, heard: readonly NodeFinished[] = []): string {
  const letters: Record<State, string> = { passed: "P", running: "R", waiting: "W", not_reached: ".", unknown: "?" };
  return pathOf(of, heard)
    .steps.map((step) => letters[step.state])
    .join("");
}

/** Return the events of a run that has finished these nodes; `next` is the node that begins next. */
function run(nodes: readonly string[], next: string | null): NodeFinished[] {
  return nodes.map((node, place) => ({
    node,
    found: `${node} says`,
    next: nodes[place + 1] ?? next,
    path: nodes.slice(0, place + 1),
    at: "2026-11-02T12:00:00Z",
  }));
}

test.each([
  ["acted", { status: "acted", path: [...NODES] }, "PPPPPPP", null],
  ["silent", { status: "none", path: [...CHECKED, "settle"] }, "PPPP..P", null],
  ["rejected", { status: "rejected", path: [...CHECKED, "approve", "settle"] }, "PPPPP.P", null],
  ["expired", { status: "rejected", reason: "expired", path: CHECKED }, "PPPP...", "from outside"],
  ["unchanged", { status: "skipped", path: ["load_instructions", "gather_context", "settle"] }, "PP....P", null],
  ["out of time", { status: "failed", reason: "deadline", path: CHECKED.slice(0, 2) }, "PP.....", "from outside"],
  ["not started", { status: "skipped", reason: "paused", path: [] }, ".......", "before any node"],
  ["missed", { status: "missed", path: [] }, ".......", "before any node"],
  ["waits for a person", { status: "awaiting_approval", path: CHECKED }, "PPPPW..", null],
  ["of an older version", { status: "acted", path: null }, "???????", "did not keep"],
  ["waits, of an older version", { status: "awaiting_approval", path: null }, "????W??", "did not keep"],
] satisfies [string, Partial<BeatDetail>, string, string | null][])(
  "the row of a beat says its path: %s",
  (_, more, expected, note) => {
    expect(states(beat(more))).toBe(expected);
    expect(pathOf(beat(more), []).note ?? "").toContain(note ?? "");
    expect(pathOf(beat(more), []).note === null).toBe(note === null);
  },
);

test("a repair goes back once, and forward again", () => {
  const path = pathOf(beat({ rounds: [ROUND, ROUND], path: [...CHECKED, "decide", "validate", "settle"] }), []);
  expect(path.ways.has("validate>decide")).toBe(true);
  expect(path.ways.has("settle>__end__")).toBe(true);
  expect(path.steps.map((step) => step.times)).toEqual([1, 1, 2, 2, 0, 0, 1]);
});

test("nodes light up one after the other, as they are heard", () => {
  const running = beat({ status: "running", path: ["load_instructions"] });
  expect(states(running, run(CHECKED.slice(0, 1), "gather_context"))).toBe("PR.....");
  const path = pathOf(running, run(CHECKED.slice(0, 2), "decide"));
  expect(path.steps[0]?.found).toBe("load_instructions says");
  expect(path.note).toBeNull();
  expect(path.ways).toEqual(
    new Set(["__start__>load_instructions", "load_instructions>gather_context", "gather_context>decide"]),
  );
  // The model is asked again: decide runs a second time.
  expect(states(running, run(CHECKED, "decide"))).toBe("PPRP...");
});

test("a page opened in the middle learns the whole path from the next event", () => {
  const running = beat({ status: "running", path: ["load_instructions"] });
  expect(states(running)).toBe("P??????");
  expect(pathOf(running, []).note).toContain("opened after");
  const path = pathOf(running, run(CHECKED.slice(0, 3), "validate").slice(2));
  expect(path.steps.map((step) => step.times)).toEqual([1, 1, 1, 0, 0, 0, 0]);
  expect(path.note).toBeNull();
});

test("what was heard is kept when the beat has ended", () => {
  const nodes = [...CHECKED, "settle" as const];
  const path = pathOf(beat({ rounds: [ROUND], path: nodes }), run(nodes, null));
  expect(path.steps.find((step) => step.node === "decide")?.found).toBe("decide says");
});

test("a beat whose run has ended to wait still waits at approve", () => {
  const waiting = beat({ status: "awaiting_approval", path: CHECKED });
  const heard = run([...CHECKED, "approve"], null);
  expect(states(waiting, heard)).toBe("PPPPW..");
  const path = pathOf(waiting, heard);
  expect(path.steps.find((step) => step.node === "approve")).toMatchObject({ found: "waits for a person", times: 0, at: null });
  expect(path.ways.has("validate>approve")).toBe(true);
  expect(path.ways.has("approve>dispatch")).toBe(false);
});

test("after the answer nothing is passed but what the new run has passed", () => {
  const heard = run([...CHECKED, "approve"], null);
  const answered = beat({ status: "running", path: CHECKED });
  expect(states(answered, heard)).toBe("PPPP???");
  expect(states(answered, [...heard, ...run(["load_instructions"], "approve")])).toBe("P...R..");
});

test("an approved beat goes through the graph again; the first run is not counted twice", () => {
  const heard = [...run(CHECKED, "approve"), ...run(NODES, null)];
  const path = pathOf(beat({ status: "acted", path: [...NODES] }), heard);
  expect(path.steps.map((step) => step.times)).toEqual([1, 1, 1, 1, 1, 1, 1]);
});

test("a node of a newer service is shown under its own name", () => {
  const path = pathOf(beat({ path: ["load_instructions", "dream", "settle"] as BeatDetail["path"] }), []);
  expect(path.steps.find((step) => step.node === "dream")).toMatchObject({ state: "passed", times: 1 });
});
