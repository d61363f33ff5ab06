/** Converts the service's figures to rows for the charts: one per bucket, including empty ones. */
import type { Bucket, Stats } from "../../api/types";
import { isOutcome, OUTCOMES, reasonText } from "../../ui/outcomes";
import { bucketText } from "../../ui/times";

export type Row = { at: string } & Record<string, string | number>;

export interface Series {
  rows: Row[];
  /** The names that occur in the rows, in a fixed order. */
  names: string[];
}

type Count = (bucket: Bucket) => Record<string, number>;

/** Count beats by outcome. */
export const byOutcome: Count = (bucket) => sums(bucket.outcomes ?? {}, (name) => name.split("/")[0] ?? name);

/** Count skipped beats by the text of their reason. */
export const bySkip: Count = (bucket) => {
  const skipped = Object.entries(bucket.outcomes ?? {}).filter(([name]) => name.startsWith("skipped/"));
  return sums(Object.fromEntries(skipped), (name) => reasonText(name.slice("skipped/".length)) ?? name);
};

export const byTokens: Count = (bucket) => ({
  read: bucket.prompt_tokens ?? 0,
  written: bucket.completion_tokens ?? 0,
  "reading HEARTBEAT.md": (bucket.reading?.prompt_tokens ?? 0) + (bucket.reading?.completion_tokens ?? 0),
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

/** Return the rows from the first bucket to the one that contains `now`; every row has every name. */
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

/** Return the sum of each name over all rows. */
export function totals({ rows, names }: Series): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, rows.reduce((sum, row) => sum + Number(row[name]), 0)]));
}

/** Return the height of the highest stack. */
export function highest({ rows, names }: Series): number {
  return Math.max(0, ...rows.map((row) => names.reduce((sum, name) => sum + Number(row[name]), 0)));
}

const TICKS = 4;

/** Return axis ticks from 0 to at least `most`, in steps of 1, 2 or 5 times a power of ten. */
export function ticksOf(most: number): number[] {
  let step = 1;
  for (let power = 1; step * TICKS < most; power *= 10)
    step = [power, 2 * power, 5 * power].find((each) => each * TICKS >= most) ?? 10 * power;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, place) => place * step);
}
