/** Whether a thread's scheduled beats happen at this moment, and if not, why. */
import type { Status, Thread } from "../api/types";

/** The state of the timer. `stopped`: by the user, in all processes; `silent`: no process runs it. */
export type Timer = "on" | "stopped" | "silent";

export interface Standing {
  name: Thread["state"]["name"];
  /** The service's message; null if the cached thread has none for this state. */
  sentence: string | null;
  /** When the state ends by itself, in ISO 8601, or null. */
  until: string | null;
}

/** Milliseconds without a tick after which no process runs the timer, which ticks at least every ten seconds. */
const SILENT = 60_000;

export function timerState({ running, enabled, last_tick: tick }: Pick<Status, "running" | "enabled" | "last_tick">, now: number): Timer {
  if (!running) return "stopped";
  return enabled || (tick !== null && now - Date.parse(tick) <= SILENT) ? "on" : "silent";
}

const PASSING: ReadonlySet<Standing["name"]> = new Set<Standing["name"]>(["awaiting_approval", "budget_exhausted", "quiet"]);

/**
 * Return the first obstacle to the thread's beats, or `beating`.
 *
 * A cached thread may be old, because it is only fetched again after an event. So the state of the timer comes from the
 * status, which is polled, and obstacles whose `until` has passed are ignored.
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
