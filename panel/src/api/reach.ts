/** Whether the service can be reached, according to the last call or the event stream. */
import { useSyncExternalStore } from "react";

import { Store } from "./store";

class Reach extends Store<boolean> {
  lost(): void {
    this.set(false);
  }

  found(): void {
    this.set(true);
  }
}

export const reach = new Reach(true);

export function useReachable(): boolean {
  return useSyncExternalStore(reach.subscribe, reach.get);
}
