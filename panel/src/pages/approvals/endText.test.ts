import { expect, test } from "vitest";

import type { BeatDetail } from "../../api/types";
import { endText } from "./endText";

function said(answer: "approve" | "reject", edit: Record<string, unknown> | null = null): BeatDetail["approval"] {
  return { answer, by: "panel", at: null, reason: null, edit, standing_id: null, said: "" };
}

test.each<[BeatDetail["status"], BeatDetail["reason"], BeatDetail["approval"], boolean, string]>([
  ["acted", null, said("approve"), true, "You approved it."],
  ["acted", null, said("approve", { title: "x" }), true, "You approved it with an edit."],
  ["acted", null, said("approve"), false, "Somebody else has approved it."],
  ["rejected", "rejected", said("reject"), false, "Somebody else has rejected it; nothing was done."],
  ["rejected", "expired", null, true, "Nobody answered in time, so it expired; nothing was done."],
  ["abandoned", null, null, false, "It does not wait for approval any more."],
])("%s/%s by %o", (status, reason, approval, mine, text) => {
  expect(endText({ status, reason, approval }, mine)).toBe(text);
});
