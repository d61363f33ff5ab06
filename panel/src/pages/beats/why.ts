/** How a beat ended, and why, in one sentence. */
import type { BeatDetail } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { reasonText } from "../../ui/outcomes";
import { stoppedAtDoor } from "./path";

export function whyText(beat: BeatDetail): string {
  const said = asWritten(beat.summary.trim());
  const lead = leadOf(beat);
  // What was done says itself.
  if (beat.status === "acted" && said !== "") return said;
  if (said === "") return `${lead}.`;
  return `${lead}: ${said}`;
}

function leadOf(beat: BeatDetail): string {
  switch (beat.status) {
    case "running":
      return "It is running now";
    case "acted":
      return "It acted";
    case "none":
      if (beat.reason === "duplicate") return "It stayed silent, because the same was done already";
      return beat.decided_by === "rules" ? "It stayed silent by the rules" : "It chose to stay silent";
    case "skipped":
      if (stoppedAtDoor(beat)) return "It was stopped at the door, before anything was read";
      if (beat.reason === "model_unreachable") return "It ended without a decision";
      return beat.rounds.length > 0 ? "It decided, and nothing was done" : "It ended before the model was asked";
    case "dry_run":
      return "A dry run: nothing was done";
    case "awaiting_approval":
      return "It waits for a person";
    case "rejected":
      return beat.reason === "expired" ? "Nothing was done, because nobody answered in time" : "Nothing was done";
    case "failed":
      return `It failed${because(beat.reason)}`;
    case "missed":
      return beat.missed > 1 ? `${beat.missed} slots passed without a beat` : "The slot passed without a beat";
    case "abandoned":
      return "It was given up: whoever ran it has gone";
    default:
      return beat.status;
  }
}

function because(reason: string | null): string {
  const why = reasonText(reason);
  return why === null ? "" : `, because ${why}`;
}
