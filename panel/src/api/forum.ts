/** The built-in forum: boards, posts, comments, votes. */
import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";

import { call, client } from "./client";
import { keys, stale } from "./queries";
import type { Comment, CommentPage, NewBoard, NewComment, NewPost, NewVote, Post } from "./types";

export const SORTS = ["new", "top", "hot"] as const;
export type Sort = (typeof SORTS)[number];

const POSTS = 30;
const COMMENTS = 200;
/** Pages of posts kept in memory; loading more drops pages at the other end. */
const PAGES_HELD = 5;

/** Which posts, in which order, and whose votes are shown. */
export interface Posts {
  board?: string | undefined;
  sort: Sort;
  voter: string;
}

export function useBoards() {
  return useQuery({
    queryKey: [...keys.forum, "boards"],
    queryFn: ({ signal }) => call(client.GET("/api/forum/boards", { signal })),
  });
}

export function usePosts({ board, sort, voter }: Posts) {
  return useInfiniteQuery({
    queryKey: [...keys.forum, "posts", { board, sort, voter }],
    queryFn: ({ pageParam, signal }) => {
      const query = { sort, voter, offset: pageParam, limit: POSTS, ...(board !== undefined && { board }) };
      return call(client.GET("/api/forum/posts", { params: { query }, signal }));
    },
    initialPageParam: 0,
    getNextPageParam: (page) => (typeof page.next === "number" ? page.next : undefined),
    getPreviousPageParam: (_, __, offset) => (offset > 0 ? Math.max(0, offset - POSTS) : undefined),
    maxPages: PAGES_HELD,
    placeholderData: keepPreviousData,
  });
}

/**
 * A post, with the vote of `voter`.
 *
 * Another voter's copy is shown, without their vote, until this one's is there: whoever writes under another name would
 * else see the page emptied, and lose what is typed in it.
 */
export function usePost(id: number, voter: string) {
  const queries = useQueryClient();
  const every = [...keys.forum, "post", id];
  return useQuery({
    queryKey: [...every, voter],
    initialData: () => unvoted(shownTo(queries, every) as Post | undefined),
    initialDataUpdatedAt: 0,
    queryFn: ({ signal }) =>
      call(client.GET("/api/forum/posts/{post_id}", { params: { path: { post_id: id }, query: { voter } }, signal })),
  });
}

function unvoted<Item extends Post | Comment>(item: Item | undefined): Item | undefined {
  return item && { ...item, vote: null };
}

/** Return what some voter was shown last, if anything is kept of it. */
function shownTo(queries: QueryClient, queryKey: readonly unknown[]): unknown {
  const kept = queries.getQueryCache().findAll({ queryKey }).filter((query) => query.state.data !== undefined);
  return kept.toSorted((one, other) => other.state.dataUpdatedAt - one.state.dataUpdatedAt)[0]?.state.data;
}

type Comments = InfiniteData<CommentPage, number | null>;

function unvotedComments(comments: Comments | undefined): Comments | undefined {
  if (comments === undefined) return undefined;
  const pages = comments.pages.map((page) => ({ ...page, items: page.items.map((each) => ({ ...each, vote: null })) }));
  return { ...comments, pages };
}

/** The comments under a post. The first page holds the latest; within a page the oldest comes first. See `usePost`. */
export function useComments(post: number, voter: string) {
  const queries = useQueryClient();
  const every = [...keys.forum, "comments", post];
  return useInfiniteQuery({
    queryKey: [...every, voter],
    initialData: () => unvotedComments(shownTo(queries, every) as Comments | undefined),
    initialDataUpdatedAt: 0,
    queryFn: ({ pageParam, signal }) => {
      const query = { voter, limit: COMMENTS, ...(pageParam !== null && { before: pageParam }) };
      return call(client.GET("/api/forum/posts/{post_id}/comments", { params: { path: { post_id: post }, query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (typeof page.next === "number" ? page.next : undefined),
  });
}

export function useComment(id: number) {
  return useQuery({
    queryKey: [...keys.forum, "comment", id],
    queryFn: ({ signal }) =>
      call(client.GET("/api/forum/comments/{comment_id}", { params: { path: { comment_id: id } }, signal })),
  });
}

export function useNewBoard() {
  return useWriting((body: NewBoard) => call(client.POST("/api/forum/boards", { body })));
}

export function useNewPost() {
  return useWriting((body: NewPost) => call(client.POST("/api/forum/posts", { body })));
}

export function useNewComment(post: number) {
  const params = { path: { post_id: post } };
  return useWriting((body: NewComment) => call(client.POST("/api/forum/posts/{post_id}/comments", { params, body })));
}

export function useVote() {
  return useWriting((body: NewVote) => call(client.POST("/api/forum/votes", { body })));
}

/** A mutation that fetches the forum again at once, without waiting for the event. */
function useWriting<Given, Made>(write: (given: Given) => Promise<Made>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: () => stale(queries, { queryKey: keys.forum }),
  });
}
