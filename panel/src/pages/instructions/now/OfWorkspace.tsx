/** What would happen now, beside the workspace's text: for one of the threads that follow it. */
import { NativeSelect } from "@mantine/core";
import { useState } from "react";

import { useThreads } from "../../../api/threads";
import { NowSection } from "./NowSection";

export function NowOfWorkspace() {
  const threads = useThreads();
  const [chosen, setChosen] = useState<string | null>(null);
  const following = threads.data?.pages.flatMap((page) => page.items).filter((each) => !each.own_instructions) ?? [];
  const thread = following.find((each) => each.thread_id === chosen) ?? following[0];
  if (thread === undefined) return null;
  return (
    <NowSection
      key={thread.thread_id}
      thread={thread.thread_id}
      chooser={
        following.length > 1 && (
          <NativeSelect
            label="For the thread"
            value={thread.thread_id}
            data={following.map((each) => each.thread_id)}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
        )
      }
    />
  );
}
