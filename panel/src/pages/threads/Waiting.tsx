/** Says that a beat of the thread waits for a person, and leads to where it is answered. */
import { Alert, Group, Text } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";

import type { Thread } from "../../api/types";
import { LinkButton, LinkText } from "../../ui/links";

interface Props {
  thread: Thread;
  sentence: string | null;
}

export function Waiting({ thread, sentence }: Props) {
  // Skipped slots may have pushed it out of the last beats; on the page of approvals it stands in any case.
  const beat = thread.recent.find((each) => each.status === "awaiting_approval");
  return (
    <Alert
      variant="outline"
      color="yellow"
      title="It waits for your approval"
      icon={<IconHourglass aria-hidden />}
      // Yellow is for the frame: as text on white it is hard to read.
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
