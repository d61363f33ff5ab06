import { afterEach, expect, test, vi } from "vitest";

import { dateText, exactText, localMidnight, withOffset } from "./times";
import { wokenText } from "./woken";

const FAIR = Date.parse("2026-11-04T00:00:00Z");

afterEach(() => vi.unstubAllEnvs());

test.each([
  ["America/Los_Angeles", "2026-11-04T00:00:00-08:00"],
  ["UTC", "2026-11-04T00:00:00+00:00"],
  ["Asia/Kolkata", "2026-11-04T00:00:00+05:30"],
  ["Pacific/Auckland", "2026-11-04T00:00:00+13:00"],
])("a date is the same in %s, and begins at its midnight", (zone, midnight) => {
  vi.stubEnv("TZ", zone);
  expect(dateText(FAIR)).toContain("4");
  expect(withOffset(new Date(localMidnight(FAIR)))).toBe(midnight);
  const wake = { reason: "due", at: "2026-11-04T06:00:00Z", title: "Fair", due_on: "2026-11-04" } as const;
  expect(wokenText({ woken_by: [{ ...wake, item: null, due_at: null, line: null }] })).toBe(`Fair is due on ${dateText(FAIR)}`);
});

test("a time that a line names is said with the line", () => {
  const at = "2026-11-04T08:00:00Z";
  const wake = { reason: "instant", at, due_at: at, title: "Every day at 9:00, post", line: 3 } as const;
  expect(wokenText({ woken_by: [{ ...wake, item: null, due_on: null }] })).toBe(
    `line 3 is for ${exactText(Date.parse(at))}: Every day at 9:00, post`,
  );
});
