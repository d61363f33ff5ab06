/** The search parameters of the page of the world. */
import type { DeliveryStatus } from "../../api/types";

export const STATUSES: readonly DeliveryStatus[] = ["pending", "sending", "held", "unknown", "failed", "sent"];

export interface WorldSearch {
  /** Only deliveries with this status. */
  status?: DeliveryStatus;
}

export function worldSearch(search: Record<string, unknown>): WorldSearch {
  const status = STATUSES.find((each) => each === search.status);
  return status === undefined ? {} : { status };
}
