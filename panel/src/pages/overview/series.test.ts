import { expect, test } from "vitest";

import type { Bucket } from "../../api/types";
import { byAction, byOutcome, bySkip, byTokens, seriesOf, totals } from "./series";

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
  expect(totals(seriesOf(stats, until, byAction))).toEqual({ post: 2, vote: 1 });
  expect(seriesOf({ ...stats, buckets: [] }, until, byTokens).names).toEqual([]);
});
