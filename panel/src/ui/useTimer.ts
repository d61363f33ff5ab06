/** The state of the timer at the last fetch of the status; undefined before the first one. */
import { useStatus } from "../api/status";
import { type Timer, timerState } from "./standing";

export function useTimer(): Timer | undefined {
  const { data, dataUpdatedAt } = useStatus();
  return data && timerState(data, dataUpdatedAt);
}
