/** Whether the service lets the page in. */
import { useSyncExternalStore } from "react";

import { Store } from "./store";

/**
 * `outside`: no call was answered yet, or the user has logged out. `inside`: calls are answered. `asked`: they were, and
 * now the token is asked for; refused calls wait for the login, so that nothing on the page is lost.
 */
export type Access = "outside" | "inside" | "asked";

class AccessStore extends Store<Access> {
  /** Note that a call was answered. */
  granted(): void {
    if (this.get() === "outside") this.set("inside");
  }

  /** Note that a call was refused; returns whether it waits for the login. */
  refused(): boolean {
    if (this.get() === "outside") return false;
    this.set("asked");
    return true;
  }

  /** Note that the user has logged in; what waited goes on. */
  entered(): void {
    this.set("inside");
  }

  /** Note that the user has logged out. */
  left(): void {
    this.set("outside");
  }

  /** Wait until the token is not asked for any more; rejects when `signal` aborts. */
  async answered(signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (this.get() === "asked" && signal?.aborted !== true) return;
        stop();
        signal?.removeEventListener("abort", look);
        if (signal?.aborted === true) reject(new DOMException("The call was cancelled.", "AbortError"));
        else resolve();
      };
      const stop = this.subscribe(look);
      signal?.addEventListener("abort", look);
      look();
    });
  }
}

export const access = new AccessStore("outside");

export function useAccess(): Access {
  return useSyncExternalStore(access.subscribe, access.get);
}

let listener: (() => void) | null = null;

/** Register the function that leads to the login page; returns a function that removes it. */
export function onLoggedOut(called: () => void): () => void {
  listener = called;
  return () => {
    listener = null;
  };
}

export function loggedOut(): void {
  listener?.();
}
