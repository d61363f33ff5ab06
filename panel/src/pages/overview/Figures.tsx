/** The charts: beats by outcome, skips by reason, tokens, actions. */
import "@mantine/charts/styles.css";

import { BarChart } from "@mantine/charts";
import { SegmentedControl, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";

import { useStats } from "../../api/stats";
import type { Stats } from "../../api/types";
import { Loading } from "../../ui/Loading";
import { colourOf, isOutcome, lookOf } from "../../ui/outcomes";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { useNow } from "../../ui/clock";
import classes from "./Overview.module.css";
import { byAction, byOutcome, bySkip, byTokens, highest, type Series, seriesOf, ticksOf, totals } from "./series";

const HOUR = 3600;
/** The ranges, in seconds; every `every`-th bucket is labelled with its time. */
const SPANS = {
  day: { label: "24 hours", seconds: 24 * HOUR, bucket: HOUR, every: 6 },
  week: { label: "7 days", seconds: 7 * 24 * HOUR, bucket: 6 * HOUR, every: 8 },
  month: { label: "30 days", seconds: 30 * 24 * HOUR, bucket: 24 * HOUR, every: 7 },
} as const;
type Span = keyof typeof SPANS;

const CHARTS = [
  { title: "Beats by outcome", none: "No beats in this time.", count: byOutcome },
  { title: "Skipped beats by reason", none: "No beat was skipped in this time.", count: bySkip },
  { title: "Tokens", none: "No model was asked in this time.", count: byTokens },
  { title: "Actions", none: "Nothing was done in this time.", count: byAction },
] as const;

/** Colours for series without their own; the legend has the same order as the series. */
const COLOURS = ["#1c7ed6", "#e8590c", "#2f9e44", "#ae3ec9", "#f08c00", "#0c8599", "#868e96"];

const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact" });

export function Figures() {
  const [span, setSpan] = useState<Span>("day");
  const { seconds, bucket, every } = SPANS[span];
  const stats = useStats(seconds, bucket);
  return (
    <Section
      title="Over time"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Span of time"
          value={span}
          onChange={setSpan}
          data={Object.entries(SPANS).map(([value, { label }]) => ({ value: value as Span, label }))}
        />
      }
    >
      {stats.error && <Problem error={stats.error} again={() => void stats.refetch()} />}
      {!stats.data && !stats.error && <Loading lines={4} height={140} />}
      {stats.data && <Charts stats={stats.data} every={every} />}
    </Section>
  );
}

function Charts({ stats, every }: { stats: Stats; every: number }) {
  const now = useNow(60_000);
  const drawn = useMemo(
    () => CHARTS.map(({ count, ...chart }) => ({ ...chart, series: seriesOf(stats, now, count) })),
    [stats, now],
  );
  return (
    <Stack gap="lg">
      {drawn.map(({ title, none, series }) => (
        <Chart key={title} title={title} none={none} series={series} every={every} />
      ))}
    </Stack>
  );
}

interface ChartProps {
  title: string;
  none: string;
  series: Series;
  every: number;
}

function Chart({ title, none, series, every }: ChartProps) {
  const sums = totals(series);
  const ticks = ticksOf(highest(series));
  const drawn = series.names.map((name, place) => ({
    name,
    label: isOutcome(name) ? lookOf(name).label : name,
    color: isOutcome(name) ? colourOf(name) : (COLOURS[place % COLOURS.length] ?? "gray"),
  }));
  return (
    <figure style={{ margin: 0 }}>
      <Text component="figcaption" size="sm" fw={600} mb={12}>
        {title}
      </Text>
      {drawn.length === 0 ? (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      ) : (
        <>
          <BarChart
            h={130}
            data={series.rows}
            dataKey="at"
            type="stacked"
            series={drawn}
            withTooltip
            tickLine="none"
            gridAxis="x"
            maxBarWidth={28}
            barProps={{ isAnimationActive: false }}
            barChartProps={{ accessibilityLayer: false }}
            // Set explicitly, because the library omits labels if there is little room.
            xAxisProps={{ interval: every - 1 }}
            yAxisProps={{ width: 44, ticks, domain: [0, ticks.at(-1) ?? 1], interval: 0, tickFormatter: (value: number) => COMPACT.format(value) }}
            valueFormatter={(value) => value.toLocaleString()}
            aria-hidden
          />
          <div className={classes.legend}>
            {drawn.map(({ name, label, color }) => (
              <span key={name}>
                <span className={classes.swatch} style={{ background: color }} aria-hidden />
                {label}: {(sums[name] ?? 0).toLocaleString()}
              </span>
            ))}
          </div>
        </>
      )}
    </figure>
  );
}
