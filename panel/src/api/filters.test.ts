import { expect, test } from "vitest";

import { begin, exportUrl, filtersOf, queryOf } from "./filters";

const NOW = Date.parse("2026-11-02T12:00:00Z");

test("what an address does not say well is left out", () => {
  expect(filtersOf({ status: "acted", thread: "demo", since: "24h", q: " tea " })).toEqual({
    status: "acted",
    thread: "demo",
    since: "24h",
    q: "tea",
  });
  expect(filtersOf({ status: "great", thread: "", since: "yesterday", q: [] })).toEqual({});
  expect(filtersOf({ q: 7 })).toEqual({ q: "7" });
});

test.each([
  ["1h", "2026-11-02T11:00:00.000Z"],
  ["30d", "2026-10-03T12:00:00.000Z"],
  ["2026-11-01", new Date(2026, 10, 1).toISOString()],
  ["2026-02-31", undefined],
  ["0001-01-01", undefined],
  ["soon", undefined],
  [undefined, undefined],
])("%s begins at %s", (since, instant) => {
  expect(begin(since, NOW)).toBe(instant);
});

test("the service is asked for what is filtered, and for nothing else", () => {
  expect(queryOf({}, NOW)).toEqual({});
  expect(queryOf({ status: "none", since: "1h", q: "a&b", thread: "demo" }, NOW)).toEqual({
    status: "none",
    since: "2026-11-02T11:00:00.000Z",
    q: "a&b",
  });
});

test("the download takes the same filters", () => {
  expect(exportUrl({}, NOW)).toBe("/api/heartbeat/history?format=jsonl");
  expect(exportUrl({ thread: "a/b", q: "x&limit=1" }, NOW)).toBe(
    "/api/threads/a%2Fb/heartbeat/history?format=jsonl&q=x%26limit%3D1",
  );
});
