/** What the page of the history says above its rows: how many there are, or how far a search has come. */
import type { History } from "../../api/types";
import { exactText } from "../../ui/times";

type Part = Pick<History, "total_runs" | "searched_back_to">;

/** Return the instant at which the search stopped; undefined if it has looked at all beats. */
export function stopOf(pages: readonly Part[]): string | undefined {
  return pages.at(-1)?.searched_back_to ?? undefined;
}

/** Return one sentence about the loaded pages; `whole` says whether the newest page is among them. */
export function foundText(pages: readonly Part[], { words, whole }: { words: boolean; whole: boolean }): string {
  const stop = stopOf(pages);
  if (stop !== undefined) return `Searched back to ${exactText(Date.parse(stop))}; older beats may match too`;
  const [first] = pages;
  // Of a search for words each page counts what it has looked at itself.
  if (words && (!whole || first?.searched_back_to)) return "Searched back to the oldest beat";
  const total = first?.total_runs ?? 0;
  return total === 1 ? "1 beat" : `${total.toLocaleString()} beats`;
}
