/**
 * Shows a word of a newer service under its own name.
 *
 * For the default of a switch: a known word that has no case there does not type-check.
 */
export function ownName(word: never): string {
  return String(word).replaceAll("_", " ");
}
