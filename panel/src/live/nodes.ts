/** The node events of recent beats; limited to a few beats, so that memory use does not grow. */
import { useSyncExternalStore } from "react";

import { Store } from "../api/store";
import { type LiveEvent, textOf, textsOf } from "./events";

export const BEATS_KEPT = 50;
export const NODES_KEPT = 100;

export interface NodeFinished {
  node: string;
  found: unknown;
  /** The node that begins next; null after the last one. */
  next: string | null;
  /** The nodes that have finished in this run, in order, including this one. */
  path: readonly string[];
  at: string;
}

type ByBeat = ReadonlyMap<number, readonly NodeFinished[]>;
const NONE: readonly NodeFinished[] = [];

class Nodes extends Store<ByBeat> {
  add(event: LiveEvent): void {
    if (event.beat_id === null || typeof event.node !== "string") return;
    const { node, found, at } = event;
    const finished: NodeFinished = { node, found, next: textOf(event, "next"), path: textsOf(event, "path"), at };
    const kept = new Map(this.get());
    const old = kept.get(event.beat_id) ?? NONE;
    // Re-inserted at the end, so that the map is ordered by the last event.
    kept.delete(event.beat_id);
    kept.set(event.beat_id, [...old, finished].slice(-NODES_KEPT));
    for (const beat of kept.keys()) {
      if (kept.size <= BEATS_KEPT) break;
      kept.delete(beat);
    }
    this.set(kept);
  }

  /** Forget the nodes of a beat that starts (again). */
  begin(beat: number): void {
    if (!this.get().has(beat)) return;
    const kept = new Map(this.get());
    kept.delete(beat);
    this.set(kept);
  }
}

export const nodes = new Nodes(new Map());

/** The nodes of a beat that have finished since the page was opened, in order. */
export function useNodes(beat: number): readonly NodeFinished[] {
  return useSyncExternalStore(nodes.subscribe, () => nodes.get().get(beat) ?? NONE);
}
