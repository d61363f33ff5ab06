/** The clock of the page: one interval for all components, stopped while the tab is hidden or has no subscriber. */
import { useSyncExternalStore } from "react";

const TICK = 1_000;

export class Clock {
  readonly #followers = new Set<() => void>();
  readonly #page: Document;
  #timer: ReturnType<typeof setInterval> | undefined;
  #now = Date.now();

  constructor(page: Document) {
    this.#page = page;
  }

  /** Return the last tick, rounded down to `step`, so that a component that shows minutes renders once a minute. */
  now(step: number): number {
    return Math.floor(this.#now / step) * step;
  }

  readonly subscribe = (follower: () => void): (() => void) => {
    this.#followers.add(follower);
    if (this.#followers.size === 1) {
      this.#page.addEventListener("visibilitychange", this.#turn);
      this.#turn();
    }
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0) return;
      this.#page.removeEventListener("visibilitychange", this.#turn);
      this.#stop();
    };
  };

  readonly #turn = (): void => {
    this.#stop();
    if (this.#page.visibilityState === "hidden") return;
    this.#tick();
    this.#timer = setInterval(this.#tick, TICK);
  };

  readonly #tick = (): void => {
    this.#now = Date.now();
    for (const follower of this.#followers) follower();
  };

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const clock = new Clock(document);

/** Return a text that depends on the time; the component renders again only when the text changes. */
export function useSaid(say: (now: number) => string): string {
  return useSyncExternalStore(clock.subscribe, () => say(clock.now(TICK)));
}

/** Return the time in milliseconds, updated at each step (a second, a minute). */
export function useNow(step: number = TICK): number {
  return useSyncExternalStore(clock.subscribe, () => clock.now(step));
}
