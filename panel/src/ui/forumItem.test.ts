import { expect, test } from "vitest";

import { itemOf, madeOf } from "./forumItem";

test.each([
  ["post:3", { kind: "post", id: 3 }],
  ["comment:12", { kind: "comment", id: 12 }],
  ["message:1", null],
  ["post:x", null],
  [null, null],
])("%s names %o", (name, item) => {
  expect(itemOf(name)).toEqual(item);
});

test("a receipt names what was made", () => {
  expect(madeOf({ key: "1:0", post_id: 3 })).toEqual({ kind: "post", id: 3 });
  expect(madeOf({ key: "1:0", comment_id: 7 })).toEqual({ kind: "comment", id: 7 });
  expect(madeOf({ key: "1:0", score: 2 })).toBeNull();
  expect(madeOf(null)).toBeNull();
});
