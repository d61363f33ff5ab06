/** The outcome of a beat and its reason, in one sentence. */
import type { BeatDetail, BeatStatus } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { reasonText } from "../../ui/outcomes";
import { ownName } from "../../ui/ownName";

export function whyText(beat: BeatDetail): string {
  const said = asWritten(beat.summary.trim());
  if (said === "") return `${leadOf(beat, true)}.`;
  return WHOLE.has(beat.status) || isRestore(beat) ? said : `${leadOf(beat, false)}: ${said}`;
}

/** The outcomes whose summary is a complete sentence: "Would post …", "Waits for approval: …". */
const WHOLE: ReadonlySet<BeatStatus> = new Set<BeatStatus>(["acted", "dry_run", "awaiting_approval", "abandoned"]);

/** Return whether the row says that the workspace was restored from a backup, so that nobody decided. */
function isRestore(beat: BeatDetail): boolean {
  return beat.status === "none" && beat.decided_by === null && beat.rounds.length === 0;
}

/** Return what happened in a few words; includes the reason if there is no summary (`alone`). */
function leadOf(beat: BeatDetail, alone: boolean): string {
  switch (beat.status) {
    case "running":
      return "It is running now";
    case "acted":
      return "It acted";
    case "none":
      if (beat.reason === "duplicate") return alone ? "It stayed silent, because the same was done already" : "It stayed silent";
      if (beat.reason === "awaiting_approval")
        return alone ? "It did nothing, because an earlier action waits for approval there" : "It did nothing";
      return beat.decided_by === "rules" ? "It stayed silent by the rules" : "It chose to stay silent";
    case "skipped":
      if (beat.path?.length === 0) return "It was not started, and nothing was read";
      if (beat.reason === "model_unreachable") return "It ended without a decision";
      return beat.rounds.length > 0 ? "It decided, and nothing was done" : "It ended before the model was asked";
    case "dry_run":
      return "A dry run: nothing was done";
    case "awaiting_approval":
      return "It waits for a person";
    case "rejected":
      return alone && beat.reason === "expired" ? "Nothing was done, because nobody answered in time" : "Nothing was done";
    case "failed":
      return alone ? `It failed${because(beat.reason)}` : "It failed";
    case "missed":
      return beat.missed > 1 ? `${beat.missed} slots passed without a beat` : "The slot passed without a beat";
    case "abandoned":
      return "It was given up: whoever ran it has gone";
    default:
      return ownName(beat.status);
  }
}

function because(reason: string | null): string {
  const why = reasonText(reason);
  return why === null ? "" : `, because ${why}`;
}
