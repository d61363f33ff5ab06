/** The cache of what the service has answered. */
import { QueryClient } from "@tanstack/react-query";

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
