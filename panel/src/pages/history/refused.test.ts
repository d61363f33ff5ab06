import { expect, test } from "vitest";

import { ProblemError } from "../../api/problem";
import { refusedFilter } from "./refused";

test("a refusal is told at its filter", () => {
  const missing = new ProblemError(404, "thread nobody does not exist");
  expect(refusedFilter(missing, { thread: "nobody" })).toEqual({ field: "thread", sentence: missing.message });
  expect(refusedFilter(missing, {})).toBeNull();
  expect(refusedFilter(new ProblemError(422, "thread_id: ...", "thread_id"), { thread: "A" })?.field).toBe("thread");
  expect(refusedFilter(new ProblemError(422, "q: ...", "q"), { q: "x" })?.field).toBe("q");
  expect(refusedFilter(new ProblemError(503, "busy"), { thread: "demo" })).toBeNull();
  expect(refusedFilter(null, {})).toBeNull();
});
