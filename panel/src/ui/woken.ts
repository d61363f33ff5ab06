/** Why a beat was started between the slots of its thread, in a few words. */
import type { Beat } from "../api/types";
import { dateText, exactText } from "./times";

/** Returns the reasons, or null for a beat that nothing woke. */
export function wokenText(beat: Pick<Beat, "woken_by">): string | null {
  if (!beat.woken_by?.length) return null;
  return beat.woken_by
    .map((wake) => {
      if (wake.reason === "follow_up") return "the beat before had left something behind";
      if (wake.reason === "read") return "its instructions have been read";
      if (wake.reason === "instant") {
        const at = exactText(Date.parse(wake.due_at ?? wake.at));
        return `line ${wake.line} is for ${at}${wake.title ? `: ${wake.title}` : ""}`;
      }
      const what = wake.title ?? wake.item ?? "something";
      if (wake.due_on) return `${what} is due on ${dateText(Date.parse(wake.due_on))}`;
      return wake.due_at ? `${what} is due at ${exactText(Date.parse(wake.due_at))}` : "something comes due";
    })
    .join("; ");
}
