/** The page of approvals: the beats that wait for one, and the standing approvals. */
import { Box, Stack, Text } from "@mantine/core";
import { IconUserCheck } from "@tabler/icons-react";
import { useState } from "react";

import { useWaiting } from "../../api/approvals";
import { turn } from "../../api/turn";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { More } from "../../ui/More";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Answer } from "./Answer";
import { withWaiting } from "./shown";
import { StandingApprovals } from "./StandingApprovals";

export function ApprovalsPage() {
  const waiting = useWaiting();
  return (
    <Page title="Approvals">
      {waiting.error && <Problem error={waiting.error} again={() => void waiting.refetch()} />}
      {waiting.data ? (
        <Cards waiting={waiting.data.pages.flatMap((page) => page.activities.map((beat) => beat.id))} />
      ) : (
        !waiting.error && <Loading lines={2} height={180} />
      )}
      <More
        shown={waiting.hasNextPage}
        onMore={() => turn(waiting.fetchNextPage, (data) => data?.pages.length ?? 0, waiting.data)}
      >
        Show more
      </More>
      <Box maw={960}>
        <StandingApprovals />
      </Box>
    </Page>
  );
}

function Cards({ waiting }: { waiting: readonly number[] }) {
  const [shown, setShown] = useState<readonly number[]>([]);
  const next = withWaiting(shown, waiting);
  if (next !== shown) setShown(next);
  if (next.length === 0)
    return (
      <Empty icon={IconUserCheck} title="Nothing waits for you">
        <Text c="dimmed" maw={460}>
          A thread asks here before it acts where its config says approval: always, or names the kinds of actions.
        </Text>
      </Empty>
    );
  return (
    <Stack gap="md" maw={960}>
      {next.map((id) => (
        <Answer key={id} beatId={id} onDismiss={() => setShown((old) => old.filter((each) => each !== id))} />
      ))}
    </Stack>
  );
}
