/** The text of a beat's row; never empty, because it is the text of a link. */
import type { Beat } from "../../api/types";

export function summaryOf(beat: Pick<Beat, "id" | "summary" | "status">): string {
  if (beat.summary.trim() !== "") return beat.summary;
  return beat.status === "running" ? `Beat ${beat.id} is under way.` : `Beat ${beat.id}`;
}
