/** What the sources and the targets of a thread mean together: what is private could become public. */
import type { Connection } from "../../api/types";
import type { Values } from "./fields";

/** Return one sentence on what becomes of what is private; null where the thread looks at nothing private. */
export function outflowText(values: Values, connections: readonly Connection[]): string | null {
  const used = connections.filter(({ hidden }) => !hidden);
  const privates = named(values.sources).filter((name) => used.some((each) => each.name === name && each.private));
  if (privates.length === 0) return null;
  const seen = `${listed(privates)}, which ${privates.length === 1 ? "is" : "are"} private`;
  const shown = named(values.target)
    .map((name) => used.find((each) => each.name === name && each.reach === "public"))
    .filter((each) => each !== undefined);
  if (shown.length === 0) return `It looks at ${seen}, and has no public voice among your connections: that stays with you.`;
  const voices = listed(shown.map(({ name }) => name));
  if (values.outflow === "allowed") return `It looks at ${seen}, and may repeat that on ${voices} without asking you.`;
  const asks = shown.every(({ kinds }) => kinds.every((kind) => kind === "tell" || waits(values.approval, kind)));
  if (asks) return `It looks at ${seen}; what it does on ${voices} waits for your yes.`;
  return `It looks at ${seen}, and could repeat that on ${voices}: this is not saved unless it asks you before.`;
}

const KNOWN: ReadonlySet<string> = new Set(["post", "comment", "vote", "tell", "note"]);

function waits(approval: unknown, kind: string): boolean {
  if (!Array.isArray(approval)) return approval === "always";
  return approval.includes(KNOWN.has(kind) ? kind : "other");
}

function named(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" ? [value] : [];
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
