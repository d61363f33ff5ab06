/** The figures of the service as the charts draw them: one row a bucket, also where nothing happened. */
import type { Bucket, Stats } from "../../api/types";
import { isOutcome, OUTCOMES, reasonText } from "../../ui/outcomes";
import { bucketText } from "../../ui/times";

export type Row = { at: string } & Record<string, string | number>;

export interface Series {
  rows: Row[];
  /** What occurs in the rows at all, in a fixed order. */
  names: string[];
}

type Count = (bucket: Bucket) => Record<string, number>;

/** Beats by outcome. */
export const byOutcome: Count = (bucket) => sums(bucket.outcomes ?? {}, (name) => name.split("/")[0] ?? name);

/** Skipped beats by reason, in words. */
export const bySkip: Count = (bucket) => {
  const skipped = Object.entries(bucket.outcomes ?? {}).filter(([name]) => name.startsWith("skipped/"));
  return sums(Object.fromEntries(skipped), (name) => reasonText(name.slice("skipped/".length)) ?? name);
};

export const byTokens: Count = (bucket) => ({
  read: bucket.prompt_tokens ?? 0,
  written: bucket.completion_tokens ?? 0,
});

export const byAction: Count = (bucket) => bucket.actions ?? {};

function sums(counts: Record<string, number>, rename: (name: string) => string): Record<string, number> {
  const made: Record<string, number> = {};
  for (const [name, number] of Object.entries(counts)) {
    const renamed = rename(name);
    made[renamed] = (made[renamed] ?? 0) + number;
  }
  return made;
}

/** Rows from the first bucket to the one that `now` lies in, all names in all rows. */
export function seriesOf(stats: Pick<Stats, "since" | "bucket" | "buckets">, now: number, count: Count): Series {
  const size = stats.bucket * 1000;
  const counted = new Map(stats.buckets.map((bucket) => [Date.parse(bucket.at), count(bucket)]));
  const names = order(new Set([...counted.values()].flatMap(present)));
  const rows: Row[] = [];
  for (let at = Math.floor(Date.parse(stats.since) / size) * size; at <= now; at += size) {
    const found = counted.get(at) ?? {};
    rows.push({ at: bucketText(at, stats.bucket), ...Object.fromEntries(names.map((name) => [name, found[name] ?? 0])) });
  }
  return { rows, names };
}

function present(counts: Record<string, number>): string[] {
  return Object.keys(counts).filter((name) => (counts[name] ?? 0) > 0);
}

function order(names: Set<string>): string[] {
  const known = OUTCOMES.filter((name) => names.has(name));
  return [...known, ...[...names].filter((name) => !isOutcome(name)).sort()];
}

/** How often each name occurs in all. */
export function totals({ rows, names }: Series): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, rows.reduce((sum, row) => sum + Number(row[name]), 0)]));
}

/** The height of the highest stack. */
export function highest({ rows, names }: Series): number {
  return Math.max(0, ...rows.map((row) => names.reduce((sum, name) => sum + Number(row[name]), 0)));
}

const TICKS = 4;

/** Whole numbers at equal steps of 1, 2 or 5 times a power of ten, from 0 to the first that is not below `most`. */
export function ticksOf(most: number): number[] {
  let step = 1;
  for (let power = 1; step * TICKS < most; power *= 10)
    step = [power, 2 * power, 5 * power].find((each) => each * TICKS >= most) ?? 10 * power;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, place) => place * step);
}
