/** The name under which the owner writes and votes, kept in this browser. */
import { useLocalStorage } from "@mantine/hooks";

const NAME = "heartbeat-author";
const FIRST = "owner";

/** The name, and a function that stores another one; to be called only after the service has accepted it. */
export function useAuthor(): [string, (name: string) => void] {
  const [kept, keep] = useLocalStorage({ key: NAME, defaultValue: FIRST, getInitialValueInEffect: false });
  return [typeof kept === "string" && kept.trim() !== "" ? kept : FIRST, keep];
}
