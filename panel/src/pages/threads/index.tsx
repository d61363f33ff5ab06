/** The page of one thread: its state, last beats, conversation and config. */
import { Stack } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { useDefaults, useThreadConfig } from "../../api/config";
import { ProblemError } from "../../api/problem";
import { useRunNow, useThread } from "../../api/threads";
import { useNow } from "../../ui/clock";
import { LinkButton } from "../../ui/links";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Standing, standingOf } from "../../ui/standing";
import { useTimer } from "../../ui/useTimer";
import { ConfigForm } from "../config/ConfigForm";
import { Actions } from "./Actions";
import { Conversation } from "./Conversation";
import { LastBeats } from "./LastBeats";
import { Paused } from "./Paused";
import { RunResult } from "./RunResult";
import { State } from "./State";
import classes from "./Thread.module.css";
import { Waiting } from "./Waiting";

const MINUTE = 60_000;
const route = getRouteApi("/shell/threads/$threadId");

export function ThreadPage() {
  const { threadId } = route.useParams();
  // The key resets all state, so that typed text of one thread is not shown at another.
  return <OneThread key={threadId} id={threadId} />;
}

function OneThread({ id }: { id: string }) {
  const thread = useThread(id);
  const run = useRunNow(id);
  const timer = useTimer();
  const now = useNow(MINUTE);
  const { data } = thread;
  if (thread.error && !data)
    return (
      <Page title={id}>
        <Problem error={thread.error} again={() => void thread.refetch()} />
        {thread.error instanceof ProblemError && thread.error.status === 404 && (
          <LinkButton to="/threads" variant="default" w="fit-content">
            To the threads
          </LinkButton>
        )}
      </Page>
    );
  const standing = data && standingOf(data, timer, now);
  return (
    <Page title={id} actions={data && <Actions thread={data} run={run} />}>
      {!data && <Loading lines={6} height={56} />}
      {data && standing && (
        <>
          {data.paused_reason !== null && <Paused id={id} reason={data.paused_reason} />}
          <Waiting approvals={data.approvals} />
          <RunResult run={run} />
          <div className={classes.columns}>
            <Stack gap="md" miw={0}>
              <State thread={data} standing={standing} />
              <LastBeats id={id} standing={standing} />
              <Conversation id={id} />
            </Stack>
            <ThreadConfigForm id={id} stopped={stoppedText(standing)} />
          </div>
        </>
      )}
    </Page>
  );
}

/** Return why the beats in the form's preview will not happen, or null. */
function stoppedText({ name }: Standing): string | null {
  switch (name) {
    case "paused":
      return "The thread is paused: none of these happens until it is resumed.";
    case "timer_stopped":
      return "The timer is stopped: none of these happens until it is started.";
    case "timer_silent":
      return "No process runs the timer: none of these happens until one does.";
    case "awaiting_approval":
      return "A beat waits for your answer: those that come before it are skipped.";
    default:
      return null;
  }
}

function ThreadConfigForm({ id, stopped }: { id: string; stopped: string | null }) {
  const config = useThreadConfig(id);
  const defaults = useDefaults();
  const failed = config.error ?? defaults.error;
  if (config.data && defaults.data)
    return (
      <ConfigForm
        scope={id}
        fields={defaults.data.fields}
        saved={config.data.config}
        inherited={defaults.data.config}
        origins={config.data.origins}
        problem={config.data.config_problem}
        stopped={stopped}
      />
    );
  if (!failed) return <Loading lines={8} height={48} />;
  return (
    <Problem
      error={failed}
      again={() => {
        void config.refetch();
        void defaults.refetch();
      }}
    />
  );
}
