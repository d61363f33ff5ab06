import { expect, test } from "vitest";

import { spanOf, spanText } from "./spans";

test.each([
  [0, "0"],
  [59, "59s"],
  [90, "1m30s"],
  [1800, "30m"],
  [5400, "1h30m"],
  [86_400, "1d"],
  [2_592_000, "30d"],
])("%d seconds are %s, and back", (seconds, text) => {
  expect(spanText(seconds)).toBe(text);
  expect(spanOf(text)).toBe(seconds);
});

test.each(["", "soon", "1.5h", "30 m", "m", "-5m", "1m1h"])("%o is no span", (text) => {
  expect(spanOf(text)).toBeNull();
});
