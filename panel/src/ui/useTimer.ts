/** The state of the timer, as often as it is asked for; undefined until it is known. */
import { useStatus } from "../api/status";
import { type Timer, timerState } from "./standing";

export function useTimer(): Timer | undefined {
  const { data, dataUpdatedAt } = useStatus();
  return data && timerState(data, dataUpdatedAt);
}
