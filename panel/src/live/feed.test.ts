// @vitest-environment happy-dom
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { keys } from "../api/queries";
import type { ThreadPages } from "../api/threads";
import { pages, thread } from "../testing/samples";
import { Feed } from "./feed";

const asked: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  vi.stubGlobal("fetch", (request: Request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(pathname + search);
    const id = pathname.split("/")[3];
    const body = id === undefined ? { items: [thread("t0", { title: "fresh" })], next: null } : thread(id, { title: "fresh" });
    return Promise.resolve(Response.json(body));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function started(feed: Feed, id: string, beat: number): void {
  feed.take({ kind: "beat.started", thread_id: id, beat_id: beat, at: "" });
}

test("a thread that beats is patched at once, and asked for its next slot", async () => {
  const queries = new QueryClient();
  queries.setQueryData(keys.threads, pages([thread("t0")], [thread("t1")]));
  const feed = new Feed(queries);
  started(feed, "t1", 7);
  const shown = () => queries.getQueryData<ThreadPages>(keys.threads)?.pages[1]?.items[0];
  expect(shown()?.last_status).toBe("running");
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toEqual(["/api/threads/t1"]);
  expect(shown()?.title).toBe("fresh");
  feed.stop();
});

test("a list that has not come yet when a thread beats is asked for once more", async () => {
  const queries = new QueryClient();
  const release: (() => void)[] = [];
  const list = new QueryObserver(queries, {
    queryKey: keys.threads,
    queryFn: () => new Promise<ThreadPages>((resolve) => release.push(() => resolve(pages([thread("t0")])))),
  });
  const stop = list.subscribe(() => undefined);
  const feed = new Feed(queries);
  started(feed, "t0", 7);
  release[0]?.();
  await vi.advanceTimersByTimeAsync(10);
  expect(release.length).toBe(2);
  stop();
  feed.stop();
});

test("a list that was searched is patched like the whole one, and asked for anew more rarely", async () => {
  const queries = new QueryClient();
  const key = [...keys.found, "t"];
  queries.setQueryData(key, pages([thread("t0")]));
  const feed = new Feed(queries);
  started(feed, "t0", 7);
  started(feed, "t0", 8);
  expect(queries.getQueryData<ThreadPages>(key)?.pages[0]?.items[0]?.last_status).toBe("running");
  await vi.advanceTimersByTimeAsync(10);
  expect(queries.getQueryData<ThreadPages>(key)?.pages[0]?.items[0]?.title).toBe("fresh");
  feed.stop();
});

test("a thread that was removed meanwhile keeps no other from being told, and makes the list stale", async () => {
  const answer = fetch;
  vi.stubGlobal("fetch", (request: Request) =>
    request.url.endsWith("/t0") ? Promise.resolve(Response.json({ detail: "no thread t0" }, { status: 404 })) : answer(request),
  );
  const queries = new QueryClient();
  queries.setQueryData(keys.threads, pages([thread("t0"), thread("t1"), thread("t2")]));
  const feed = new Feed(queries);
  started(feed, "t2", 1);
  await vi.advanceTimersByTimeAsync(10);
  started(feed, "t0", 2);
  started(feed, "t1", 3);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(queries.getQueryData<ThreadPages>(keys.threads)?.pages[0]?.items[1]?.title).toBe("fresh");
  expect(queries.getQueryState(keys.threads)?.isInvalidated).toBe(true);
  feed.stop();
});

test("a list that is stale stays so when one of its threads beats", () => {
  const queries = new QueryClient();
  queries.setQueryData(keys.threads, pages([thread("t0"), thread("t1")]), { updatedAt: 1_000 });
  const feed = new Feed(queries);
  feed.everything();
  started(feed, "t1", 7);
  expect(queries.getQueryState(keys.threads)).toMatchObject({ isInvalidated: true, dataUpdatedAt: 1_000 });
  feed.stop();
});

test("many threads at a time cost one call a page and second", async () => {
  const queries = new QueryClient();
  const many = Array.from({ length: 200 }, (_, number) => thread(`t${number}`));
  queries.setQueryData(keys.threads, pages(many));
  const feed = new Feed(queries);
  for (const [beat, { thread_id }] of many.entries()) started(feed, thread_id, beat);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(asked).toEqual(["/api/threads/t0", "/api/threads?after=&limit=200"]);
  feed.stop();
});

test("a thread that is not shown is not asked for", async () => {
  const queries = new QueryClient();
  queries.setQueryData(keys.threads, pages([thread("t0")]));
  const feed = new Feed(queries);
  started(feed, "elsewhere", 1);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(asked).toEqual([]);
  feed.stop();
});

test("what people write makes the forum stale, and nothing else", () => {
  const queries = new QueryClient();
  queries.setQueryData(keys.status, {});
  queries.setQueryData([...keys.forum, "boards"], {});
  const feed = new Feed(queries);
  feed.take({ kind: "forum.changed", thread_id: null, beat_id: null, at: "", post_id: 3 });
  expect(queries.getQueryState([...keys.forum, "boards"])?.isInvalidated).toBe(true);
  expect(queries.getQueryState(keys.status)?.isInvalidated).toBe(false);
  feed.stop();
});

test("a delivery that changes makes stale what shows it: its beat, what was told, and its connection", async () => {
  const queries = new QueryClient();
  const shown = [[...keys.deliveries, "list", "all"], keys.told, keys.connections, keys.beat(7)];
  for (const key of [...shown, keys.status]) queries.setQueryData(key, {});
  const feed = new Feed(queries);
  feed.take({ kind: "delivery.changed", thread_id: "t0", beat_id: 7, at: "", delivery_id: 1 });
  await vi.advanceTimersByTimeAsync(1_100);
  for (const key of shown) expect(queries.getQueryState(key)?.isInvalidated, String(key)).toBe(true);
  expect(queries.getQueryState(keys.status)?.isInvalidated).toBe(false);
  feed.stop();
});

test("what a thread has queued is held at once: the pages of its beats are stale", async () => {
  const queries = new QueryClient();
  for (const key of [keys.deliveries, keys.beat(7)]) queries.setQueryData(key, {});
  const feed = new Feed(queries);
  feed.take({ kind: "delivery.changed", thread_id: "t0", beat_id: null, at: "", delivery_id: null });
  await vi.advanceTimersByTimeAsync(1_100);
  for (const key of [keys.deliveries, keys.beat(7)]) expect(queries.getQueryState(key)?.isInvalidated).toBe(true);
  feed.stop();
});

test("a connection that changes makes stale the connections and the configs that can name it", async () => {
  const queries = new QueryClient();
  for (const key of [keys.connections, keys.defaults, keys.deliveries]) queries.setQueryData(key, {});
  const feed = new Feed(queries);
  feed.take({ kind: "connection.changed", thread_id: null, beat_id: null, at: "", name: "phone" });
  await vi.advanceTimersByTimeAsync(1_100);
  expect(queries.getQueryState(keys.connections)?.isInvalidated).toBe(true);
  expect(queries.getQueryState(keys.defaults)?.isInvalidated).toBe(true);
  expect(queries.getQueryState(keys.deliveries)?.isInvalidated).toBe(false);
  feed.stop();
});

test("a reset makes everything stale", () => {
  const queries = new QueryClient();
  queries.setQueryData(keys.status, {});
  new Feed(queries).take({ kind: "reset", thread_id: null, beat_id: null, at: "" });
  expect(queries.getQueryState(keys.status)?.isInvalidated).toBe(true);
});
