/** Messages about how many threads follow a text. */

/** Return the message below the editor of the workspace's text. */
export function sharedText(sharing: number): string {
  if (sharing === 0) return "No thread follows it yet.";
  return sharing === 1 ? "One thread follows it." : `Shared by ${sharing.toLocaleString("en")} threads: a change reaches all of them.`;
}

/** Return the message after a save. */
export function savedText(sharing: number | undefined): string {
  if (sharing === undefined || sharing === 1) return "Saved. The next beat follows it.";
  return sharing === 0
    ? "Saved. No thread follows it yet."
    : `Saved. ${sharing.toLocaleString("en")} threads follow it from their next beat on.`;
}
