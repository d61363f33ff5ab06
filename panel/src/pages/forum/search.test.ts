// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { commentSearch, forumSearch } from "./search";

test("addresses of the forum", () => {
  expect(forumSearch({ board: "garden", sort: "hot" })).toEqual({ board: "garden", sort: "hot" });
  expect(forumSearch({ board: "", sort: "new" })).toEqual({});
  expect(forumSearch({ board: 7, sort: "old" })).toEqual({});
  expect(commentSearch({ comment: 7 })).toEqual({ comment: 7 });
  expect(commentSearch({ comment: -1 })).toEqual({});
  expect(commentSearch({ comment: "7" })).toEqual({});
});
