/** The search parameters of the page of the world. */
import type { InboxFilters } from "../../api/inbox";
import type { DeliveryStatus } from "../../api/types";
import { INBOX_KINDS, ITEM_STATES, SHARED_STATES } from "../../ui/inbox";

export const STATUSES: readonly DeliveryStatus[] = ["pending", "sending", "held", "unknown", "failed", "sent"];

export interface WorldSearch extends InboxFilters {
  /** Only deliveries with this status. */
  status?: DeliveryStatus;
}

/** Read the search parameters; those that are not allowed are left out. */
export function worldSearch(search: Record<string, unknown>): WorldSearch {
  const status = STATUSES.find((each) => each === search.status);
  const [connection, thread] = [nameOf(search.connection), nameOf(search.thread)];
  const kind = INBOX_KINDS.find((each) => each === search.kind);
  // What has become of an item beyond these is known for one thread only.
  const state = (thread === "" ? SHARED_STATES : ITEM_STATES).find((each) => each === search.state);
  return {
    ...(status && { status }),
    ...(connection && { connection }),
    ...(kind && { kind }),
    ...(state && { state }),
    ...(thread && { thread }),
  };
}

/** Return the filters of the inbox alone. */
export function filtersOf({ connection, kind, state, thread }: WorldSearch): InboxFilters {
  return {
    ...(connection !== undefined && { connection }),
    ...(kind !== undefined && { kind }),
    ...(state !== undefined && { state }),
    ...(thread !== undefined && { thread }),
  };
}

function nameOf(search: unknown): string {
  // The router parses `?thread=7` as a number.
  return typeof search === "string" ? search.trim() : typeof search === "number" ? String(search) : "";
}
