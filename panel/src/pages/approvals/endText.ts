/** How the approval of a beat ended, in one sentence. */
import type { BeatDetail } from "../../api/types";

export function endText(beat: Pick<BeatDetail, "status" | "reason" | "approval">, mine: boolean): string {
  if (beat.reason === "expired") return "Nobody answered in time, so it expired; nothing was done.";
  const who = mine ? "You" : "Somebody else has";
  switch (beat.approval?.answer) {
    case "approve":
      return beat.approval.edit ? `${who} approved it with an edit.` : `${who} approved it.`;
    case "reject":
      return `${who} rejected it; nothing was done.`;
    default:
      return "It does not wait for approval any more.";
  }
}
