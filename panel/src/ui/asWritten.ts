/** Return a text of the agent with `<` and `>` as characters; the service stores them as entities. */
export function asWritten(stored: string): string {
  return stored.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
}
