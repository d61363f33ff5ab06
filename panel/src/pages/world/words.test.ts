import { expect, test } from "vitest";

import { key } from "../../testing/kinds";
import { defaultText, freeName, inOrder, keyWords, kindWords } from "./words";

test("a key without words is called by its name, and what it may be explains it", () => {
  expect(keyWords("moon", key("max_age"))).toEqual({ label: "Max age", help: "what max_age may be" });
  expect(kindWords("moon").label).toBe("moon");
  expect(keyWords("moon", key("phase", { choices: ["new", "full"] })).options).toEqual([
    { value: "new", label: "new" },
    { value: "full", label: "full" },
  ]);
});

test("kinds stand in the order of the words, unknown ones last", () => {
  const given = [{ kind: "moon" }, { kind: "apprise" }, { kind: "mail" }];
  expect(inOrder(given).map(({ kind }) => kind)).toEqual(["mail", "apprise", "moon"]);
});

test("a name is offered that no other has", () => {
  expect(freeName("feed", [])).toBe("news");
  expect(freeName("feed", ["news", "news-2"])).toBe("news-3");
});

test("defaults are shown as they are typed", () => {
  expect(defaultText(key("every", { type: "span", default: 300 }))).toBe("5m");
  expect(defaultText(key("from", { type: "list", default: ["a", "b"] }))).toBe("a, b");
  expect(defaultText(key("x"))).toBe("");
});
