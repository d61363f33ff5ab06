/**
 * Return the display name of an enum value that only a newer service has.
 *
 * Used in the default case of a switch: it does not type-check if a known value has no case.
 */
export function ownName(word: never): string {
  return String(word).replaceAll("_", " ");
}
