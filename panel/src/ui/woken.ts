/** Why a beat was started between the slots of its thread, in a few words. */
import type { Beat } from "../api/types";
import { exactText } from "./times";

/** Returns the reasons, or null for a beat that nothing woke. */
export function wokenText(beat: Pick<Beat, "woken_by">): string | null {
  if (!beat.woken_by?.length) return null;
  return beat.woken_by
    .map((wake) =>
      wake.reason === "follow_up"
        ? "the beat before had left something behind"
        : wake.due_at
          ? `${wake.title ?? wake.item ?? "something"} is due at ${exactText(Date.parse(wake.due_at))}`
          : "something comes due",
    )
    .join("; ");
}
