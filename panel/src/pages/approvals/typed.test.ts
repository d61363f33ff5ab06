import { expect, test } from "vitest";

import { meant, typed } from "./typed";

test.each([
  ["idea", "idea"],
  ["a &lt; b", "a < b"],
  [2.5, "2.5"],
  [null, ""],
  [true, true],
])("%j is typed as %j", (value, text) => {
  expect(typed(value)).toBe(text);
});

test.each([
  ["idea", "report", "report"],
  ["idea", "", ""],
  [3, "4.5", 4.5],
  [3, "many", "many"],
  [3, "", ""],
  [null, "", null],
  [null, "why", "why"],
  [true, false, false],
])("where %j stood, %j means %j", (before, now, sent) => {
  expect(meant(before, now)).toBe(sent);
});
