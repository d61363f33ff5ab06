/** Which filter the service has refused, and its message. */
import type { Filters } from "../../api/filters";
import { fieldProblem, ProblemError } from "../../api/problem";

export interface Refused {
  field: "thread" | "q" | "since";
  sentence: string;
}

export function refusedFilter(error: unknown, filters: Filters): Refused | null {
  for (const [field, name] of [["thread", "thread_id"], ["q", "q"], ["since", "since"]] as const) {
    const sentence = fieldProblem(error, name);
    if (sentence !== null) return { field, sentence };
  }
  // For the history, a 404 always means that the thread does not exist.
  if (error instanceof ProblemError && error.status === 404 && filters.thread !== undefined)
    return { field: "thread", sentence: error.message };
  return null;
}
