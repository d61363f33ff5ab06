/** Notifies the page when the service asks for the token. */

let listener: (() => void) | null = null;

/** Register the function to call on every 401; returns a function that removes it. */
export function onLoggedOut(called: () => void): () => void {
  listener = called;
  return () => {
    listener = null;
  };
}

export function loggedOut(): void {
  listener?.();
}
