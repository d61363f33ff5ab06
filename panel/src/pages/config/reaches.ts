/** Who sees what the targets are given. */
import type { Connection } from "../../api/types";

const SEEN = { owner: "you", public: "public" } as const;

/** Return the display text of a target: its name, and for a connection who sees what it is given. */
export function targetText(name: string, text: string, connections: readonly Connection[]): string {
  const found = connections.find((each) => each.name === name && !each.hidden);
  if (!found?.reach) return text;
  return `${text} (${SEEN[found.reach]})`;
}

/** Return what the chosen targets mean for who sees what the agent does. */
export function reachOf(names: readonly string[], connections: readonly Connection[]): string | null {
  const chosen = connections.filter(({ name, hidden }) => names.includes(name) && !hidden);
  const shown = chosen.filter(({ reach }) => reach === "public").map(({ name }) => name);
  if (shown.length > 0) return `What it does on ${shown.join(", ")} is public.`;
  return chosen.length > 0 ? "What goes to your connections reaches only you." : null;
}
