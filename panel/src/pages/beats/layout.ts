/** The layout of the graph: nodes in one column, settle last; edges that skip nodes run at its sides. */
import type { Drawing } from "../../api/types";

export const WIDTH = 320;
export const NODE = { width: 244, height: 64 } as const;
const GAP = 22;
const LEFT = 30;

export interface Place {
  node: string;
  x: number;
  y: number;
}

export type Side = "below" | "right" | "left";

export interface Way {
  id: string;
  source: string;
  target: string;
  /** `below`: to the next node; `right`: to the last node; `left`: back, or ahead to any other node. */
  side: Side;
  /** The distance from the column, in pixels. */
  offset: number;
}

/** Return the positions of all nodes except `__start__` and `__end__`. */
export function places({ nodes }: Pick<Drawing, "nodes">): Place[] {
  return inner(nodes).map((node, row) => ({ node, x: LEFT, y: row * (NODE.height + GAP) }));
}

export function heightOf(drawing: Pick<Drawing, "nodes">): number {
  return inner(drawing.nodes).length * (NODE.height + GAP) - GAP;
}

export function waysOf({ nodes, edges }: Pick<Drawing, "nodes" | "edges">): Way[] {
  const order = inner(nodes);
  return edges.flatMap(({ source, target }): Way[] => {
    const [from, to] = [order.indexOf(source), order.indexOf(target)];
    if (from < 0 || to < 0) return [];
    const id = `${source}>${target}`;
    if (to === from + 1) return [{ id, source, target, side: "below", offset: 0 }];
    if (to === order.length - 1) return [{ id, source, target, side: "right", offset: 22 }];
    // An edge back runs close to the column; an edge ahead runs outside of it.
    return [{ id, source, target, side: "left", offset: to < from ? 10 : 20 }];
  });
}

function inner(nodes: readonly string[]): string[] {
  return nodes.filter((node) => !node.startsWith("__"));
}
