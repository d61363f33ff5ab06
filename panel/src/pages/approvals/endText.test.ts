import { expect, test } from "vitest";

import type { BeatDetail } from "../../api/types";
import { endText } from "./endText";

test.each<[BeatDetail["status"], BeatDetail["reason"], BeatDetail["approval"], boolean, string]>([
  ["acted", null, { answer: "approve" }, true, "You approved it."],
  ["acted", null, { answer: "approve", edit: { title: "x" } }, true, "You approved it with an edit."],
  ["acted", null, { answer: "approve" }, false, "Somebody else has approved it."],
  ["rejected", "rejected", { answer: "reject" }, false, "Somebody else has rejected it; nothing was done."],
  ["rejected", "expired", null, true, "Nobody answered in time, so it expired; nothing was done."],
  ["abandoned", null, null, false, "It does not wait for approval any more."],
])("%s/%s by %o", (status, reason, approval, mine, said) => {
  expect(endText({ status, reason, approval }, mine)).toBe(said);
});
