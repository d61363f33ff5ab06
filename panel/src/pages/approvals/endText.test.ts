import { expect, test } from "vitest";

import type { Approval, BeatDetail } from "../../api/types";
import { endText } from "./endText";

const given = (more: Partial<Approval>): Approval => ({
  answer: "approve",
  by: "cli",
  at: null,
  reason: null,
  edit: null,
  standing_id: null,
  said: "",
  ...more,
});

test.each<[BeatDetail["status"], BeatDetail["reason"], Approval | null, boolean, string]>([
  ["acted", null, given({}), true, "You approved it."],
  ["acted", null, given({ edit: { title: "x" } }), true, "You approved it, with an edit."],
  ["acted", null, given({}), false, "Somebody else has approved it on the command line."],
  ["rejected", "rejected", given({ answer: "reject", by: "api" }), false, "Somebody else has rejected it over the API; nothing was done."],
  ["rejected", "expired", null, true, "Nobody answered in time, so it expired; nothing was done."],
  ["abandoned", null, null, false, "It does not wait for approval any more."],
])("%s/%s by %o", (status, reason, approval, mine, text) => {
  expect(endText({ status, reason, approval }, mine)).toBe(text);
});
