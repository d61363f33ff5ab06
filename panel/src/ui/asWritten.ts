/** What the agent wrote is stored with `<` and `>` as entities; as text they are the characters again. */
export function asWritten(stored: string): string {
  return stored.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
}
