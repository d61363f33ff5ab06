/** The query cache: defaults, keys and invalidation. */
import { QueryClient, type QueryFilters } from "@tanstack/react-query";

import { ProblemError } from "./problem";

const MINUTE = 60_000;

/** Return whether to retry a query: up to twice, but not after a 4xx response. */
function again(failures: number, error: Error): boolean {
  if (error instanceof ProblemError && error.status < 500) return false;
  return failures < 2;
}

export function newQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // Events invalidate stale queries. Unused queries are collected, so that memory use does not grow.
      queries: { staleTime: MINUTE, gcTime: 5 * MINUTE, retry: again, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}

/**
 * Invalidate the matching queries; those in use are fetched again.
 *
 * A running fetch is cancelled for that, except the first fetch of a query: the library lets it finish. Its result may
 * be older than the change that caused the invalidation, so such a query is fetched once more.
 */
export async function stale(queries: QueryClient, filters: QueryFilters = {}): Promise<void> {
  // Called before the invalidation starts new fetches: the refetch of a failed query would look like a first fetch.
  const later = afterFirst(queries, filters);
  await Promise.all([later, queries.invalidateQueries(filters)]);
}

/** Fetch matching queries once more as soon as their first fetch, which is still running, has finished. */
export async function afterFirst(queries: QueryClient, filters: QueryFilters): Promise<void> {
  const fetched = queries.getQueryCache().findAll({ ...filters, fetchStatus: "fetching" });
  const first = fetched.filter((query) => query.state.data === undefined);
  await Promise.all(
    first.map(async ({ queryKey }) => {
      const one = { queryKey, exact: true };
      await queries.refetchQueries(one, { cancelRefetch: false });
      // Several callers that waited for the same fetch share the next one.
      await queries.invalidateQueries(one, { cancelRefetch: false });
    }),
  );
}

/** The query keys: one root per noun, followed by the arguments. */
export const keys = {
  session: ["session"],
  status: ["status"],
  stats: ["stats"],
  threads: ["threads"],
  found: ["found"],
  thread: (id: string) => ["thread", id],
  defaults: ["defaults"],
  schedule: ["schedule"],
  history: ["history"],
  standing: ["standing approvals"],
  beat: (id: number) => ["beat", id],
  instructions: ["instructions"],
  forum: ["forum"],
  connections: ["connections"],
  kinds: ["kinds of connections"],
  inbox: ["inbox"],
  plan: ["plan"],
  deliveries: ["deliveries"],
  told: ["told"],
} as const;
