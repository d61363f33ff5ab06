/** The search parameters of the page of approvals. */
export interface ApprovalsSearch {
  /** Whether standing approvals that count no more are shown as well. */
  revoked?: true;
}

export function approvalsSearch(search: Record<string, unknown>): ApprovalsSearch {
  return search.revoked === true ? { revoked: true } : {};
}
