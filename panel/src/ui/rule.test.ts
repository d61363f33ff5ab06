import { expect, test } from "vitest";

import { exactText } from "./times";
import { ruleText } from "./rule";

const RULE = {
  id: "a-0",
  line: 3,
  text: "If 3+ new posts, summarize.",
  do: "post",
  state: "too_few",
  why: "line 3 needs more that is new (2 of 3)",
  count: 2,
  waiting: 0,
  left_out: "",
  until: null,
  chosen: false,
} as const;

test.each([
  [{}, "Line 3 needs more that is new (2 of 3)."],
  [{ chosen: true, state: "due", why: "line 3 was chosen" } as const, "Line 3 was chosen."],
  [
    { state: "judge", why: "line 3 waits for the model to judge items", waiting: 1 } as const,
    "Line 3 waits for the model to judge items (1 waiting).",
  ],
  [
    { why: "line 3 was chosen", left_out: "Post 12 was left out: it tries to tell the agent what to do." } as const,
    "Line 3 was chosen. Post 12 was left out: it tries to tell the agent what to do.",
  ],
  [
    { state: "passed_over", why: "line 3 is passed over after two failures", until: "2026-11-03T12:00:00Z" } as const,
    `Line 3 is passed over after two failures until ${exactText(Date.parse("2026-11-03T12:00:00Z"))}.`,
  ],
])("a rule with %j is said as %j", (more, said) => {
  expect(ruleText({ ...RULE, ...more })).toBe(said);
});
