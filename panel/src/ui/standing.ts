/** What becomes of a thread's scheduled beats at this moment. */
import type { Status, Thread } from "../api/types";

/** Whether any process starts scheduled beats: the switch of all of them, and whether one is there. */
export type Timer = "on" | "stopped" | "silent";

export interface Standing {
  name: Thread["state"]["name"];
  /** In words, as the service tells it; null where it has not told yet. */
  sentence: string | null;
  /** When it ends by itself, in ISO 8601. */
  until: string | null;
}

/** Milliseconds without a tick after which no timer is there; one ticks at least every ten seconds. */
const SILENT = 60_000;

export function timerState({ running, enabled, last_tick: tick }: Pick<Status, "running" | "enabled" | "last_tick">, now: number): Timer {
  if (!running) return "stopped";
  return enabled || (tick !== null && now - Date.parse(tick) <= SILENT) ? "on" : "silent";
}

const PASSING: ReadonlySet<Standing["name"]> = new Set<Standing["name"]>(["awaiting_approval", "budget_exhausted", "quiet"]);

/**
 * The first thing that keeps the thread from beating, or `beating`.
 *
 * A thread is only fetched again when something happens to it. So the timer is taken from the status, which is asked
 * for all the time, and what has ended by itself meanwhile does not count.
 */
export function standingOf(thread: Thread, timer: Timer | undefined, now: number): Standing {
  if (thread.paused_reason !== null) return told(thread, "paused");
  if (thread.status === "refused") return told(thread, "refused");
  if (thread.status === "off") return told(thread, "disabled");
  if (timer === undefined) return thread.state;
  if (timer !== "on") return told(thread, timer === "stopped" ? "timer_stopped" : "timer_silent");
  const passing = thread.obstacles.find(
    ({ name, until }) => PASSING.has(name) && (until === null || Date.parse(until) > now),
  );
  return passing ?? told(thread, "beating");
}

function told(thread: Thread, name: Standing["name"]): Standing {
  const found = [thread.state, ...thread.obstacles].find((each) => each.name === name);
  return found ?? { name, sentence: null, until: null };
}
