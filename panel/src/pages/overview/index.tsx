/** The Overview page: tiles, threads and charts. */
import { Box } from "@mantine/core";
import { lazy, Suspense } from "react";

import { useStatus } from "../../api/status";
import { useThreads } from "../../api/threads";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { useTimer } from "../../ui/useTimer";
import { Connect } from "./Connect";
import { Due } from "./Due";
import { FirstRun } from "./FirstRun";
import classes from "./Overview.module.css";
import { Switch } from "./Switch";
import { Threads } from "./Threads";
import { Tiles } from "./Tiles";
import { Told } from "./Told";

/** Loaded lazily, because the chart library is large. */
const Figures = lazy(async () => ({ default: (await import("./Figures")).Figures }));

export function Overview() {
  const status = useStatus();
  const timer = useTimer();
  // Starts the fetch together with that of the status, not after it.
  useThreads();
  if (status.data === undefined)
    return (
      <Page title="Overview">
        {status.error ? (
          <Problem error={status.error} again={() => void status.refetch()} />
        ) : (
          <Loading lines={6} height={64} />
        )}
      </Page>
    );
  const { data } = status;
  return (
    <Page title="Overview" actions={<Switch running={data.running} />}>
      <Tiles status={data} />
      <Due />
      <Told />
      {data.threads > 0 && <Connect />}
      {data.threads === 0 ? (
        <FirstRun status={data} />
      ) : (
        <Box className={classes.columns}>
          <Threads total={data.threads} timer={timer} />
          <Suspense fallback={<Loading lines={4} height={200} />}>
            <Figures />
          </Suspense>
        </Box>
      )}
    </Page>
  );
}
