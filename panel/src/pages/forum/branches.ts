/** Comments as threads of replies. */
import type { Comment } from "../../api/types";

export interface Branch {
  comment: Comment;
  replies: Branch[];
}

/** The comments, the oldest first, as a forest; one whose parent is not loaded stands at the top. */
export function branchesOf(comments: readonly Comment[]): Branch[] {
  const byId = new Map<number, Branch>(comments.map((comment) => [comment.id, { comment, replies: [] }]));
  const roots: Branch[] = [];
  for (const branch of byId.values()) {
    const parent = branch.comment.parent_comment_id;
    // A comment answers an earlier one; so there is no circle.
    const above = parent !== null && parent < branch.comment.id ? byId.get(parent) : undefined;
    (above?.replies ?? roots).push(branch);
  }
  return roots;
}
