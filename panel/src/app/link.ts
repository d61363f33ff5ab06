/** The link that logs the panel in: the token stands behind the #, which no server sees. */
import { access } from "../api/access";
import { client } from "../api/client";

/** Return the token of an address's fragment, or null. */
export function tokenOf(hash: string): string | null {
  const found = /^#token=(.+)$/.exec(hash)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return null;
  }
}

let outdated = false;

/** Whether the link that was opened last did not hold the token. */
export function isOutdated(): boolean {
  return outdated;
}

/** Log in with the token of the page's address, after taking it out of the address and of the tab's history. */
export async function enterByLink(): Promise<void> {
  const token = tokenOf(globalThis.location.hash);
  if (token === null) return;
  const { pathname, search } = globalThis.location;
  globalThis.history.replaceState(globalThis.history.state, "", pathname + search);
  try {
    const { response } = await client.POST("/api/session", { body: { token } });
    outdated = response.status === 401;
    if (response.ok) access.entered();
  } catch {
    outdated = false; // the service is away, and the page says so
  }
}
