/** Which connections to the owner are down. */
import type { Connection } from "../api/types";

/** Return those in use that reach the owner and are down, the longest first. */
export function ownerDown(connections: readonly Connection[]): Connection[] {
  return connections
    .filter(({ reach, hidden, down_since }) => reach === "owner" && !hidden && down_since !== null)
    .sort((a, b) => String(a.down_since).localeCompare(String(b.down_since)));
}
