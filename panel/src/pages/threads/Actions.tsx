/** The buttons for a thread: run now, pause, remove. */
import { Button } from "@mantine/core";
import { IconFlask, IconPlayerPlay } from "@tabler/icons-react";

import type { useRunNow } from "../../api/threads";
import type { Thread } from "../../api/types";
import { PauseButton } from "./PauseButton";
import { RemoveButton } from "./RemoveButton";

interface Props {
  thread: Thread;
  run: ReturnType<typeof useRunNow>;
}

export function Actions({ thread, run }: Props) {
  const beating = (dry: boolean) => run.isPending && run.variables === dry;
  return (
    <>
      <Button
        leftSection={<IconPlayerPlay size={16} aria-hidden />}
        onClick={() => run.mutate(false)}
        loading={beating(false)}
        disabled={run.isPending}
      >
        Run now
      </Button>
      <Button
        variant="default"
        leftSection={<IconFlask size={16} aria-hidden />}
        onClick={() => run.mutate(true)}
        loading={beating(true)}
        disabled={run.isPending}
      >
        Dry run
      </Button>
      {thread.paused_reason === null && <PauseButton id={thread.thread_id} />}
      <RemoveButton id={thread.thread_id} />
    </>
  );
}
