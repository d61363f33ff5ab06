/** One thread: how it does, what it has done, the conversation with it, and its config. */
import { Stack } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { useDefaults, useThreadConfig } from "../../api/config";
import { ProblemError } from "../../api/problem";
import { useRunNow, useThread } from "../../api/threads";
import { LinkButton } from "../../ui/links";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { ConfigForm } from "../config/ConfigForm";
import { Actions } from "./Actions";
import { Conversation } from "./Conversation";
import { LastBeats } from "./LastBeats";
import { Paused } from "./Paused";
import { RunResult } from "./RunResult";
import { State } from "./State";
import classes from "./Thread.module.css";

const route = getRouteApi("/shell/threads/$threadId");

export function ThreadPage() {
  const { threadId } = route.useParams();
  // Nothing of one thread, not even what is half typed, is shown at another.
  return <OneThread key={threadId} id={threadId} />;
}

function OneThread({ id }: { id: string }) {
  const thread = useThread(id);
  const run = useRunNow(id);
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
  return (
    <Page title={id} actions={data && <Actions thread={data} run={run} />}>
      {!data && <Loading lines={6} height={56} />}
      {data && (
        <>
          {data.paused_reason !== null && <Paused id={id} reason={data.paused_reason} />}
          <RunResult run={run} />
          <div className={classes.columns}>
            <Stack gap="md" miw={0}>
              <State thread={data} />
              <LastBeats id={id} />
              <Conversation id={id} />
            </Stack>
            <ThreadConfigForm id={id} paused={data.paused_reason !== null} />
          </div>
        </>
      )}
    </Page>
  );
}

function ThreadConfigForm({ id, paused }: { id: string; paused: boolean }) {
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
        stopped={paused ? "The thread is paused: none of these happens until it is resumed." : null}
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
