/** Which beats have a card: those that wait, and those that waited while the page was open. */

/** So many cards of beats that do not wait any more stay; the oldest go first. */
export const SETTLED_KEPT = 20;

/**
 * The ids after the list has changed, in a steady order: new ones first, as the list has them.
 *
 * A card does not vanish under the hand of who reads it because somebody else has answered.
 */
export function withWaiting(shown: readonly number[], waiting: readonly number[]): readonly number[] {
  const wait = new Set(waiting);
  const settled = shown.filter((id) => !wait.has(id));
  const kept = new Set(settled.slice(0, SETTLED_KEPT));
  const next = [...new Set([...shown, ...waiting])].filter((id) => wait.has(id) || kept.has(id)).sort((a, b) => b - a);
  return next.length === shown.length && next.every((id, place) => id === shown[place]) ? shown : next;
}
