/** The search parameters of the forum's pages. */
import { type Sort, SORTS } from "../../api/forum";

export interface ForumSearch {
  board?: string;
  sort?: Sort;
}

export function forumSearch(search: Record<string, unknown>): ForumSearch {
  const sort = SORTS.find((each) => each === search.sort);
  return {
    ...(typeof search.board === "string" && search.board !== "" && { board: search.board }),
    ...(sort !== undefined && sort !== "new" && { sort }),
  };
}

/** The id of the comment to highlight. */
export interface CommentSearch {
  comment?: number;
}

export function commentSearch(search: Record<string, unknown>): CommentSearch {
  const { comment } = search;
  return typeof comment === "number" && Number.isSafeInteger(comment) && comment > 0 ? { comment } : {};
}
