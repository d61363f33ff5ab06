/** What a row says about its beat; a link always has words. */
import type { Beat } from "../../api/types";

export function summaryOf(beat: Pick<Beat, "id" | "summary" | "status">): string {
  if (beat.summary.trim() !== "") return beat.summary;
  return beat.status === "running" ? `Beat ${beat.id} is under way.` : `Beat ${beat.id}`;
}
