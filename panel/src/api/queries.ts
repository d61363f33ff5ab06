/** The cache of what the service has answered. */
import { QueryClient, type QueryFilters } from "@tanstack/react-query";

import { ProblemError } from "./problem";

const MINUTE = 60_000;

/** Refusals stay refusals; only what a moment may mend is asked again. */
function again(failures: number, error: Error): boolean {
  if (error instanceof ProblemError && error.status < 500) return false;
  return failures < 2;
}

export function newQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      // The stream of events says what is stale. What nobody looks at is forgotten, so that the page does not grow.
      queries: { staleTime: MINUTE, gcTime: 5 * MINUTE, retry: again, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}

/**
 * Makes what the filters name stale; what is shown of it is fetched again.
 *
 * A fetch under way is given up for it, but for the first one of a query, which the library lets finish: what that
 * brings may be older than what made it stale.
 */
export async function stale(queries: QueryClient, filters: QueryFilters = {}): Promise<void> {
  // Before anything is fetched anew, which would look like a first fetch where the last one failed.
  const later = afterFirst(queries, filters);
  await Promise.all([later, queries.invalidateQueries(filters)]);
}

/** Fetches once more, when it has come, what the filters name and is being fetched for the first time. */
export async function afterFirst(queries: QueryClient, filters: QueryFilters): Promise<void> {
  const fetched = queries.getQueryCache().findAll({ ...filters, fetchStatus: "fetching" });
  const first = fetched.filter((query) => query.state.data === undefined);
  await Promise.all(
    first.map(async ({ queryKey }) => {
      const one = { queryKey, exact: true };
      await queries.refetchQueries(one, { cancelRefetch: false });
      // Several that waited for the same fetch share the next one.
      await queries.invalidateQueries(one, { cancelRefetch: false });
    }),
  );
}

/** The keys of the cache: one root for each noun; what follows the root are the arguments. */
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
  beat: (id: number) => ["beat", id],
  instructions: ["instructions"],
  forum: ["forum"],
} as const;
