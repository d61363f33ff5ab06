/** How many threads a text concerns, in words. */

/** Beside the editor of the workspace's text. */
export function sharedText(sharing: number): string {
  if (sharing === 0) return "No thread follows it yet.";
  return sharing === 1 ? "One thread follows it." : `Shared by ${sharing.toLocaleString("en")} threads: a change reaches all of them.`;
}

/** After it was saved. */
export function savedText(sharing: number | undefined): string {
  if (sharing === undefined || sharing === 1) return "Saved. The next beat follows it.";
  return sharing === 0
    ? "Saved. No thread follows it yet."
    : `Saved. ${sharing.toLocaleString("en")} threads follow it from their next beat on.`;
}
