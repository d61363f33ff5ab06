/** Which beats have a card: those that wait, and those that have waited since the page was opened. */

/** The number of cards of settled beats to keep; the oldest are dropped first. */
export const SETTLED_KEPT = 20;

/**
 * Return the ids to show after the list has changed, the newest first.
 *
 * Cards of beats that somebody else has answered are kept, so that they do not disappear while being read.
 */
export function withWaiting(shown: readonly number[], waiting: readonly number[]): readonly number[] {
  const wait = new Set(waiting);
  const settled = shown.filter((id) => !wait.has(id));
  const kept = new Set(settled.slice(0, SETTLED_KEPT));
  const next = [...new Set([...shown, ...waiting])].filter((id) => wait.has(id) || kept.has(id)).sort((a, b) => b - a);
  return next.length === shown.length && next.every((id, place) => id === shown[place]) ? shown : next;
}

/** Return whether a beat can be answered, or something is typed for it that was not sent. */
export function isOpen(waits: boolean, isTyping: boolean, answer: { isSuccess: boolean }): boolean {
  return waits || (isTyping && !answer.isSuccess);
}
