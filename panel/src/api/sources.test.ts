// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { looksAt, withSources } from "./sources";

test("what a thread looks at is kept when it looks at more", () => {
  expect(withSources(null, ["mail"])).toEqual(["default", "mail"]);
  expect(withSources(["forum"], ["mail", "forum"])).toEqual(["forum", "mail"]);
  expect(withSources([], ["mail"])).toEqual(["mail"]);
});

test("a thread looks at what it names", () => {
  expect(looksAt({ config: { sources: ["default", "mail"] } }, "mail")).toBe(true);
  expect(looksAt({ config: { sources: null } }, "mail")).toBe(false);
});
