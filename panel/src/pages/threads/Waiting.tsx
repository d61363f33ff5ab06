/** The alert that a beat of the thread waits for approval, with a link to answer it. */
import { Alert, Group, Text } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";

import type { Thread } from "../../api/types";
import { LinkButton, LinkText } from "../../ui/links";

interface Props {
  thread: Thread;
  sentence: string | null;
}

export function Waiting({ thread, sentence }: Props) {
  // After many skipped slots the beat may not be in `recent`; the page of approvals always shows it.
  const beat = thread.recent.find((each) => each.status === "awaiting_approval");
  return (
    <Alert
      variant="outline"
      color="yellow"
      title="It waits for your approval"
      icon={<IconHourglass aria-hidden />}
      // Yellow text on white has too little contrast, so only the border is yellow.
      styles={{ title: { color: "var(--mantine-color-text)" } }}
    >
      <Group justify="space-between" gap="sm">
        <div>
          <Text size="sm">{sentence}</Text>
          {beat && (
            <LinkText to="/beats/$beatId" params={{ beatId: String(beat.id) }} size="sm">
              See the whole beat
            </LinkText>
          )}
        </div>
        <LinkButton to="/approvals" size="sm">
          Answer it
        </LinkButton>
      </Group>
    </Alert>
  );
}
