/** The select for the text to show: the workspace's or a thread's. */
import { Select } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { useThreads } from "../../api/threads";

const WORKSPACE = "";
const SHOWN = 100;

export function Chooser({ thread }: { thread: string | null }) {
  const navigate = useNavigate();
  const threads = useThreads();
  const [opened, setOpened] = useState(false);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = threads;
  useEffect(() => {
    // All pages are loaded while the list is open, because the user may search for any thread.
    if (opened && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [opened, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const known = threads.data?.pages.flatMap((page) => page.items) ?? [];
  const options = known.map((each) => ({
    value: each.thread_id,
    label: each.own_instructions ? `${each.thread_id} (own text)` : each.thread_id,
  }));
  if (thread !== null && !known.some((each) => each.thread_id === thread))
    options.unshift({ value: thread, label: thread });
  return (
    <Select
      aria-label="Whose text"
      w={260}
      maw="100%"
      searchable
      allowDeselect={false}
      limit={SHOWN}
      nothingFoundMessage="No such thread"
      data={[{ value: WORKSPACE, label: "Workspace: HEARTBEAT.md" }, ...options]}
      value={thread ?? WORKSPACE}
      onDropdownOpen={() => setOpened(true)}
      onDropdownClose={() => setOpened(false)}
      onChange={(chosen) => {
        void navigate({ to: "/instructions", search: chosen === null || chosen === WORKSPACE ? {} : { thread: chosen } });
      }}
    />
  );
}
