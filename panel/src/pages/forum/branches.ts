/** Builds a tree of replies from a list of comments. */
import type { Comment } from "../../api/types";

export interface Branch {
  comment: Comment;
  replies: Branch[];
}

/** Return the comments, which come oldest first, as trees; a comment whose parent is not loaded is a root. */
export function branchesOf(comments: readonly Comment[]): Branch[] {
  const byId = new Map<number, Branch>(comments.map((comment) => [comment.id, { comment, replies: [] }]));
  const roots: Branch[] = [];
  for (const branch of byId.values()) {
    const parent = branch.comment.parent_comment_id;
    // A parent must have a lower id, so that there are no cycles.
    const above = parent !== null && parent < branch.comment.id ? byId.get(parent) : undefined;
    (above?.replies ?? roots).push(branch);
  }
  return roots;
}

/** Return the comments, oldest first, with others among them that the list no longer holds. */
export function withComments(comments: readonly Comment[], others: readonly Comment[]): readonly Comment[] {
  const missing = others.filter((other) => !comments.some(({ id }) => id === other.id));
  return missing.length === 0 ? comments : [...comments, ...missing].toSorted((one, other) => one.id - other.id);
}
