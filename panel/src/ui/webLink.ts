/** Addresses that strangers give. */
import { straight } from "./straight";

export interface WebLink {
  href: string;
  /** As it is resolved, so that look-alikes in other scripts are shown in their ASCII form. */
  host: string;
}

/** Return where an address of the web leads; null for other schemes, such as `javascript:`, and what is no address. */
export function webLink(url: string | null): WebLink | null {
  if (url === null) return null;
  try {
    const { href, host, protocol } = new URL(straight(url));
    return host !== "" && (protocol === "http:" || protocol === "https:") ? { href, host } : null;
  } catch {
    return null;
  }
}
