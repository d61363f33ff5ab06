/** Tells the page that the service wants the token (again). */

let listener: (() => void) | null = null;

/** Names what is called at every 401. */
export function onLoggedOut(called: () => void): () => void {
  listener = called;
  return () => {
    listener = null;
  };
}

export function loggedOut(): void {
  listener?.();
}
