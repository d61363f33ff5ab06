/** The list of threads by id. Only rows in view are rendered; pages are loaded while scrolling. */
import { Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";

import { useThreads } from "../../api/threads";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import type { Timer } from "../../ui/standing";
import { NewThreadButton } from "./NewThread";
import classes from "./Overview.module.css";
import { ThreadRow } from "./ThreadRow";

/** How many rows before the end of the loaded ones the next page is fetched. */
const AHEAD = 40;
const ROW = 62;

interface Props {
  total: number;
  timer: Timer | undefined;
}

export function Threads({ total, timer }: Props) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useThreads();
  const shown = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const list = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW,
    getItemKey: (index) => shown[index]?.thread_id ?? index,
    overscan: 8,
  });
  const drawn = rows.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;

  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= shown.length - AHEAD) void fetchNextPage();
  }, [last, shown.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const whole = data !== undefined && !hasNextPage;
  const counted = useRef<number | null>(null);
  useEffect(() => {
    // Creating or removing a thread elsewhere sends no event, but changes the number in the status.
    if (counted.current === total) return;
    counted.current = total;
    if (whole && shown.length !== total) void refetch();
  }, [total, whole, shown.length, refetch]);

  return (
    <div className={classes.section}>
      <Section title="Threads" actions={<NewThreadButton />}>
        {error && <Problem error={error} again={() => void refetch()} />}
        {!data && !error && <Loading lines={8} height={44} />}
        {data && (
          // A scrolling list must be reachable by keyboard, even if it contains no focusable row.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <div ref={list} className={classes.list} tabIndex={0} role="region" aria-label="List of threads">
            <ul style={{ height: rows.getTotalSize(), position: "relative", margin: 0, padding: 0, listStyle: "none" }}>
              {drawn.map(({ index, start, key }) => {
                const thread = shown[index];
                return (
                  thread && (
                    <li
                      key={key}
                      ref={rows.measureElement}
                      data-index={index}
                      aria-posinset={index + 1}
                      aria-setsize={total}
                      className={classes.row}
                      style={{ transform: `translateY(${start}px)` }}
                    >
                      <ThreadRow thread={thread} timer={timer} />
                    </li>
                  )
                );
              })}
            </ul>
          </div>
        )}
        {hasNextPage && (
          <Text size="xs" c="dimmed" mt="xs">
            {shown.length} of {total} loaded; the others come as you scroll.
          </Text>
        )}
      </Section>
    </div>
  );
}
