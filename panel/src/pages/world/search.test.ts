import { expect, test } from "vitest";

import { filtersOf, worldSearch } from "./search";

test("what is not allowed is left out", () => {
  expect(worldSearch({ status: "lost", kind: "post", state: "eaten", connection: "", thread: "  " })).toEqual({});
  expect(worldSearch({ status: "sent", kind: "event", state: "done", connection: "days", thread: 7 })).toEqual({
    status: "sent",
    kind: "event",
    state: "done",
    connection: "days",
    thread: "7",
  });
});

test("what only a thread knows is no filter without one", () => {
  expect(worldSearch({ state: "told" })).toEqual({});
  expect(worldSearch({ state: "told", thread: "demo" })).toEqual({ state: "told", thread: "demo" });
});

test("the deliveries' filter is none of the inbox", () => {
  expect(filtersOf({ status: "sent", thread: "demo" })).toEqual({ thread: "demo" });
});
