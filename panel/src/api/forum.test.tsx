import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { useComments, useNewComment, usePost } from "./forum";

/** The votes of the service, by voter; each call is held back until the test releases it. */
const held: (() => void)[] = [];
let contents = ["Which?"];

beforeEach(() => {
  held.length = 0;
  contents = ["Which?"];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    const vote = searchParams.get("voter") === "owner" ? 1 : null;
    const found = contents.map((content, id) => ({ id, content, vote }));
    if (request.method === "GET") await new Promise<void>((release) => held.push(release));
    request.signal.throwIfAborted();
    if (request.method === "POST") contents.push("Green.");
    return Response.json(pathname.endsWith("/comments") ? { items: found, next: null } : { id: 7, vote });
  });
});
afterEach(() => vi.unstubAllGlobals());

function looking() {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  return renderHook(
    ({ voter }) => ({ post: usePost(7, voter), comments: useComments(7, voter), write: useNewComment(7) }),
    { wrapper, initialProps: { voter: "owner" } },
  );
}

type Seen = ReturnType<typeof looking>["result"];

const post = (seen: Seen) => seen.current.post.data;
const comments = (seen: Seen) => seen.current.comments.data?.pages.flatMap((page) => page.items);

function release(): void {
  for (const go of held.splice(0)) go();
}

test("under another name the page stays as it was, without the votes of the one before, until it is there", async () => {
  const { result, rerender } = looking();
  await waitFor(() => expect(held).toHaveLength(2));
  release();
  await waitFor(() => expect([post(result)?.vote, comments(result)?.[0]?.vote]).toEqual([1, 1]));

  rerender({ voter: "zoe" });
  expect([post(result)?.vote, comments(result)?.map(({ content, vote }) => [content, vote])]).toEqual([
    null,
    [["Which?", null]],
  ]);
  await waitFor(() => expect(held).toHaveLength(2));
});

test("a comment that is written while the list is fetched for the first time is in it", async () => {
  const { result } = looking();
  await waitFor(() => expect(held).toHaveLength(2));
  act(() => result.current.write.mutate({ content: "Green.", author: "owner" }));
  await waitFor(() => expect(contents).toEqual(["Which?", "Green."]));
  release();
  await waitFor(() => expect(held).toHaveLength(2));
  release();
  await waitFor(() => expect(comments(result)?.map(({ content }) => content)).toEqual(["Which?", "Green."]));
});
