import { expect, test } from "vitest";

import { heightOf, NODE, places, waysOf } from "./layout";

const nodes = ["__start__", "one", "two", "three", "last", "__end__"];

test("nodes stand below each other, ends are left out", () => {
  const placed = places({ nodes });
  expect(placed.map((place) => place.node)).toEqual(["one", "two", "three", "last"]);
  for (const [row, { y }] of placed.entries()) if (row > 0) expect(y - (placed[row - 1]?.y ?? 0)).toBeGreaterThan(NODE.height);
  expect(heightOf({ nodes })).toBe((placed.at(-1)?.y ?? 0) + NODE.height);
});

test("each way runs where it crosses no node", () => {
  const edges = [
    ["__start__", "one"],
    ["one", "two"],
    ["one", "last"],
    ["three", "two"],
    ["one", "three"],
    ["last", "__end__"],
  ].map(([source = "", target = ""]) => ({ source, target, conditional: true }));
  expect(waysOf({ nodes, edges }).map(({ id, side }) => [id, side])).toEqual([
    ["one>two", "below"],
    ["one>last", "right"],
    ["three>two", "left"],
    ["one>three", "left"],
  ]);
});
