import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test } from "vitest";

import { stale } from "./queries";

/** An observed query whose fetches resolve when the test releases them; its data is the number of the fetch, from 1. */
function held() {
  const queries = new QueryClient();
  const release: (() => void)[] = [];
  let begun = 0;
  const observer = new QueryObserver(queries, {
    queryKey: ["beat", 7],
    queryFn: async ({ signal }) => {
      begun += 1;
      const number = begun;
      await new Promise<void>((resolve) => release.push(resolve));
      signal.throwIfAborted();
      return number;
    },
  });
  const stop = observer.subscribe(() => undefined);
  return { queries, stop, begun: () => begun, shown: () => observer.getCurrentResult().data, release };
}

test("what became stale while it was fetched for the first time is fetched once more", async () => {
  const { queries, stop, begun, shown, release } = held();
  await expect.poll(() => release.length).toBe(1);
  const told = [stale(queries, { queryKey: ["beat", 7] }), stale(queries, { queryKey: ["beat", 7] }), stale(queries)];
  release[0]?.();
  await expect.poll(() => release.length).toBe(2);
  release[1]?.();
  await Promise.all(told);
  expect([shown(), begun()]).toEqual([2, 2]);
  stop();
});

test("what became stale while it was fetched again is fetched anew at once", async () => {
  const { queries, stop, begun, shown, release } = held();
  await expect.poll(() => release.length).toBe(1);
  release[0]?.();
  await expect.poll(shown).toBe(1);
  const told = [stale(queries)];
  await expect.poll(() => release.length).toBe(2);
  told.push(stale(queries, { queryKey: ["beat", 7] }));
  await expect.poll(() => release.length).toBe(3);
  for (const go of release) go();
  await Promise.all(told);
  expect([shown(), begun()]).toEqual([3, 3]);
  stop();
});

test("what could not be fetched is asked for once", async () => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  let asked = 0;
  const queryFn = () => {
    asked += 1;
    return Promise.reject(new Error("away"));
  };
  const observer = new QueryObserver(queries, { queryKey: ["beat", 7], queryFn });
  const stop = observer.subscribe(() => undefined);
  await expect.poll(() => observer.getCurrentResult().isError).toBe(true);
  await stale(queries);
  expect(asked).toBe(2);
  stop();
});
