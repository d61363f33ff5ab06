/** How the approval of a beat ended, in one sentence. */
import type { BeatDetail } from "../../api/types";
import { answerText } from "../../ui/answers";

export function endText(beat: Pick<BeatDetail, "status" | "reason" | "approval">, mine: boolean): string {
  if (beat.reason === "expired") return "Nobody answered in time, so it expired; nothing was done.";
  if (!beat.approval) return "It does not wait for approval any more.";
  const said = mine ? `You ${answerText({ ...beat.approval, by: null })}` : `Somebody else has ${answerText(beat.approval)}`;
  return beat.approval.answer === "reject" ? `${said}; nothing was done.` : `${said}.`;
}
