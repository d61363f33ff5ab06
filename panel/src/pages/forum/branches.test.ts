import { expect, test } from "vitest";

import type { Comment } from "../../api/types";
import { type Branch, branchesOf } from "./branches";

function comment(id: number, parent: number | null): Comment {
  return {
    id,
    post_id: 1,
    parent_comment_id: parent,
    content: "x",
    author: "ana",
    score: 0,
    created_at: "2026-11-02T12:00:00Z",
    by_agent: false,
    vote: null,
  };
}

function shape(branches: readonly Branch[]): unknown[] {
  return branches.map((branch) => [branch.comment.id, ...shape(branch.replies)]);
}

test("replies stand under what they answer", () => {
  const comments = [comment(1, null), comment(2, 1), comment(3, null), comment(4, 2), comment(5, 1)];
  expect(shape(branchesOf(comments))).toEqual([[1, [2, [4]], [5]], [3]]);
});

test("what answers a comment that is not loaded is not lost", () => {
  expect(shape(branchesOf([comment(7, 2), comment(8, 7)]))).toEqual([[7, [8]]]);
});

test("no circle", () => {
  expect(shape(branchesOf([comment(1, 2), comment(2, 1), comment(3, 3)]))).toEqual([[1, [2]], [3]]);
});
