import { expect, test } from "vitest";

import type { Bucket } from "../../api/types";
import { byAction, byOutcome, bySkip, byTokens, highest, seriesOf, ticksOf, totals } from "./series";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 2, 10);

function bucket(hour: number, more: Partial<Bucket>): Bucket {
  return { at: new Date(START + hour * HOUR).toISOString(), ...more };
}

const stats = {
  since: new Date(START).toISOString(),
  bucket: 3600,
  buckets: [
    bucket(0, { outcomes: { acted: 2, "skipped/unchanged": 3, "skipped/paused": 1, "none/duplicate": 1 }, prompt_tokens: 90 }),
    bucket(2, { outcomes: { "failed/deadline": 1 }, completion_tokens: 20, actions: { vote: 1, post: 2 } }),
  ],
};

test("hours in which nothing happened are there, and reasons are summed", () => {
  const { rows, names } = seriesOf(stats, START + 3.5 * HOUR, byOutcome);
  expect(names).toEqual(["acted", "none", "skipped", "failed"]);
  expect(rows.map((row) => [row.acted, row.none, row.skipped, row.failed])).toEqual([
    [2, 1, 4, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 0, 0],
  ]);
});

test("skips by reason, in words", () => {
  expect(totals(seriesOf(stats, START + HOUR, bySkip))).toEqual({ "nothing has changed": 3, "the thread is paused": 1 });
});

test("tokens and actions; what never occurs has no place", () => {
  const until = START + 3 * HOUR;
  expect(totals(seriesOf(stats, until, byTokens))).toEqual({ read: 90, written: 20 });
  const reading = { lines: 1, calls: 3, prompt_tokens: 60, completion_tokens: 4 };
  const read = { ...stats, buckets: [bucket(1, { prompt_tokens: 5, reading })] };
  expect(totals(seriesOf(read, until, byTokens))).toEqual({ read: 5, "reading HEARTBEAT.md": 64 });
  expect(totals(seriesOf(stats, until, byAction))).toEqual({ post: 2, vote: 1 });
  expect(seriesOf({ ...stats, buckets: [] }, until, byTokens).names).toEqual([]);
});

test("the highest stack counts all that lies on one another", () => {
  expect(highest(seriesOf(stats, START + 3 * HOUR, byOutcome))).toBe(7);
  expect(highest(seriesOf({ ...stats, buckets: [] }, START, byOutcome))).toBe(0);
});

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [4, [0, 1, 2, 3, 4]],
  [5, [0, 2, 4, 6]],
  [8, [0, 2, 4, 6, 8]],
  [9, [0, 5, 10]],
  [21, [0, 10, 20, 30]],
  [1_380, [0, 500, 1_000, 1_500]],
  [4_000_001, [0, 2_000_000, 4_000_000, 6_000_000]],
])("ticks up to %d are at equal steps", (most, ticks) => {
  expect(ticksOf(most)).toEqual(ticks);
});
