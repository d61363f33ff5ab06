import { expect, test } from "vitest";

import { BEATS_KEPT, nodes, NODES_KEPT } from "./nodes";

function finished(beat: number, node: string): void {
  nodes.add({ kind: "beat.node", thread_id: "demo", beat_id: beat, at: "", node, found: { a: 1 }, path: ["decide", 1] });
}

test("the nodes of a beat are kept in order, and forgotten when it starts again", () => {
  finished(1, "decide");
  finished(1, "validate");
  expect(nodes.get().get(1)?.map((each) => each.node)).toEqual(["decide", "validate"]);
  expect(nodes.get().get(1)?.[0]?.path).toEqual(["decide"]);
  nodes.begin(1);
  expect(nodes.get().has(1)).toBe(false);
});

test("neither beats nor nodes are kept without end", () => {
  for (let beat = 1; beat <= 3 * BEATS_KEPT; beat += 1) finished(beat, "decide");
  expect(nodes.get().size).toBe(BEATS_KEPT);
  expect(nodes.get().has(3 * BEATS_KEPT)).toBe(true);
  for (let more = 0; more < 2 * NODES_KEPT; more += 1) finished(999, "decide");
  expect(nodes.get().get(999)).toHaveLength(NODES_KEPT);
});
