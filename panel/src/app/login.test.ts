import { expect, test } from "vitest";

import { safeBack } from "./login";

test.each([
  ["/history?status=acted", "/history?status=acted"],
  ["/", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["/login?back=/login", "/"],
  [undefined, "/"],
  [7, "/"],
])("from %s one goes back to %s", (back, to) => {
  expect(safeBack(back)).toBe(to);
});
