/** The page of all threads, with a search by id or title and a button for a new one. */
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconHeartbeat, IconSearch } from "@tabler/icons-react";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { useFoundThreads } from "../../api/threads";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { useTimer } from "../../ui/useTimer";
import { NewThreadButton } from "../overview/NewThread";
import { ListedThread } from "./ListedThread";
import classes from "./Thread.module.css";

const route = getRouteApi("/shell/threads");
const TYPING = 250;

export function ThreadsPage() {
  const { q = "" } = route.useSearch();
  const timer = useTimer();
  const [words, setWords] = useState(q);
  const navigate = useNavigate();
  const search = useDebouncedCallback((text: string) => {
    void navigate({ to: "/threads", search: text === "" ? {} : { q: text }, replace: true });
  }, TYPING);
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useFoundThreads(q);
  const shown = data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <Page title="Threads" actions={<NewThreadButton />}>
      <TextInput
        type="search"
        label="Find a thread"
        description="By a part of its id or title"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={words}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          search(event.currentTarget.value.trim());
        }}
        maw={420}
        autoComplete="off"
      />
      {error && <Problem error={error} again={() => void refetch()} />}
      {!data && !error && <Loading lines={6} height={44} />}
      {data && shown.length === 0 && (
        <Empty icon={IconHeartbeat} title={q === "" ? "There is no thread yet" : "No thread has this in id or title"}>
          {q === "" && <Text c="dimmed">A thread is one agent with a heartbeat of its own. Make the first one.</Text>}
        </Empty>
      )}
      {shown.length > 0 && (
        <Stack gap="sm">
          <ul className={classes.threads} aria-label="Threads">
            {shown.map((thread) => (
              <ListedThread key={thread.thread_id} thread={thread} timer={timer} />
            ))}
          </ul>
          {hasNextPage && (
            <Group>
              <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                More threads
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Page>
  );
}
