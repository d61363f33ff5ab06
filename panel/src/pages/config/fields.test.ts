// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { boundsOf, boundsText, valueText } from "./fields";
import { spanText } from "./spans";

/** Part of a response of GET /api/heartbeat/config. */
const FIELDS = {
  properties: {
    every: { anyOf: [{ type: "integer", minimum: 60, maximum: 86_400 }, { type: "string" }], default: 1800 },
    daily_token_budget: { anyOf: [{ type: "integer", minimum: 1000 }, { type: "null" }], default: null },
    approval: {
      anyOf: [{ enum: ["never", "always"], type: "string" }, { type: "array", items: { enum: ["post", "vote"] } }],
      default: "never",
    },
    target: { type: "string", enum: ["forum", "none"], maxLength: 64, default: "forum" },
  },
};

test("bounds are those of the schema", () => {
  const every = boundsOf(FIELDS, "every");
  expect([every.least, every.most, every.nullable, every.preset]).toEqual([60, 86_400, false, 1800]);
  expect(boundsText(every, spanText)).toBe("1m to 1d");
  const budget = boundsOf(FIELDS, "daily_token_budget");
  expect([boundsText(budget), budget.nullable]).toEqual(["at least 1,000", true]);
  const approval = boundsOf(FIELDS, "approval");
  expect([approval.choices, approval.items]).toEqual([
    ["never", "always"],
    ["post", "vote"],
  ]);
  expect(boundsOf(FIELDS, "target")).toMatchObject({ choices: ["forum", "none"], longest: 64 });
  expect(boundsText(boundsOf(FIELDS, "timezone"))).toBeNull();
});

test("values are told as people say them", () => {
  expect(valueText("every", 5400)).toBe("1h30m");
  expect(valueText("max_tokens", 4000)).toBe("4,000");
  expect(valueText("active_hours", null)).toBe("all day");
  expect(valueText("active_hours", { start: "22:00", end: "06:00" })).toBe("22:00 to 06:00");
  expect(valueText("approval", ["post", "vote"])).toBe("post, vote");
  expect(valueText("daily_token_budget", null)).toBe("none");
  expect(valueText("dry_run", false)).toBe("no");
  expect(valueText("sources", null)).toBe("everything public");
  expect(valueText("sources", ["default", "days"])).toBe("everything public, days");
  expect(valueText("sources", [])).toBe("its conversation alone");
});
