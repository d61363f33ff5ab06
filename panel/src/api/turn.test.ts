import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";

import { turn } from "./turn";

const place = (data: { pages: unknown[] } | undefined) => data?.pages.length ?? 0;

test("a page that was asked for comes, though the list became stale meanwhile", async () => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const release: (() => void)[] = [];
  let held = false;
  const list = new InfiniteQueryObserver(queries, {
    queryKey: ["list"],
    queryFn: async ({ pageParam, signal }) => {
      if (held) await new Promise<void>((resolve) => release.push(resolve));
      signal.throwIfAborted();
      return pageParam;
    },
    initialPageParam: 0,
    getNextPageParam: (page: number) => page + 1,
  });
  const stop = list.subscribe(() => undefined);
  await list.refetch();
  held = true;
  const turned = turn((options) => list.fetchNextPage(options), place, list.getCurrentResult().data);
  await expect.poll(() => release.length).toBe(1);
  const stale = queries.invalidateQueries({ queryKey: ["list"] });
  held = false;
  for (const go of release) go();
  await stale;
  expect((await turned)?.pages).toEqual([0, 1]);
  stop();
});

test("it is given up where the service refuses", async () => {
  let asked = 0;
  const fetch = () => {
    asked += 1;
    return Promise.resolve({ data: { pages: [1] }, isError: true });
  };
  expect(await turn(fetch, place, { pages: [1] })).toBeUndefined();
  expect(asked).toBe(1);
});
