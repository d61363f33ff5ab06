import { expect, test } from "vitest";

import type { BeatDetail } from "../../api/types";
import { beat } from "../../testing/beats";
import { whyText } from "./why";

const ROUND = { decided_by: "model", decision: { action: "none" }, reply: "{}", problem: null };

test.each([
  [{ status: "acted", summary: "Posted on general: Tea." }, "Posted on general: Tea."],
  [{ reason: "awaiting_approval", summary: "Beat 5 waits for a person." }, "It did nothing: Beat 5 waits for a person."],
  [{ reason: "awaiting_approval" }, "It did nothing, because an earlier action waits for approval there."],
  [{ status: "awaiting_approval", summary: "Waits for approval: post on general: Tea." }, "Waits for approval: post on general: Tea."],
  [{ status: "dry_run", summary: "Would stay silent: Nobody asked." }, "Would stay silent: Nobody asked."],
  [{ status: "abandoned", summary: "The process that ran this beat went away." }, "The process that ran this beat went away."],
  [{ status: "none", summary: "Quiet." }, "It chose to stay silent: Quiet."],
  [{ status: "none", decided_by: null, rounds: [], summary: "The workspace was restored." }, "The workspace was restored."],
  [
    { status: "none", reason: "duplicate", summary: "Done before, within 24 hours: vote up on post:1." },
    "It stayed silent: Done before, within 24 hours: vote up on post:1.",
  ],
  [
    { status: "rejected", reason: "expired", summary: "Nobody approved the action in time." },
    "Nothing was done: Nobody approved the action in time.",
  ],
  [
    { status: "failed", reason: "dispatch", summary: "The target refused: no such board." },
    "It failed: The target refused: no such board.",
  ],
  [
    { status: "skipped", reason: "paused", summary: "The thread is paused." },
    "It was not started, and nothing was read: The thread is paused.",
  ],
] satisfies [Partial<BeatDetail>, string][])("how a beat ended is said once: $1", (more, expected) => {
  expect(whyText(beat({ rounds: [ROUND], ...more }))).toBe(expected);
});

test.each([
  [{ status: "failed", reason: "model_timeout" }, "It failed, because the model took too long."],
  [{ status: "rejected", reason: "expired" }, "Nothing was done, because nobody answered in time."],
  [{ status: "none", reason: "duplicate" }, "It stayed silent, because the same was done already."],
  [{ status: "dry_run" }, "A dry run: nothing was done."],
  [{ status: "of_a_newer_service" as BeatDetail["status"] }, "of a newer service."],
] satisfies [Partial<BeatDetail>, string][])("a row without a summary says what its reason tells", (more, expected) => {
  expect(whyText(beat(more))).toBe(expected);
});
