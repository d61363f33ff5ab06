/** The text of the tile about the timer. */
import type { Status } from "../../api/types";
import { timerState } from "../../ui/standing";
import { durationText } from "../../ui/times";

/** Seconds of delay that are not shown: the timer polls every ten seconds. */
const TOLERATED = 15;

interface Told {
  value: string;
  said: string | null;
  /** Whether the timer works; null if it was stopped by the user. */
  well: boolean | null;
}

export function timerOf(status: Pick<Status, "running" | "enabled" | "lag_seconds" | "last_tick">, now: number): Told {
  if (!status.running) return { value: "Stopped", said: "No scheduled beat starts; beats by hand do", well: null };
  if (status.lag_seconds > TOLERATED) {
    const said = `A beat is late by ${durationText(status.lag_seconds * 1000)}`;
    return { value: "Behind", said, well: false };
  }
  if (timerState(status, now) === "silent")
    return { value: "No timer", said: "No process starts beats; run heartbeat serve", well: false };
  return { value: "Running", said: null, well: true };
}
