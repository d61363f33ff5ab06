/** Says that a thread is paused and why, and lets it go on. */
import { Alert, Button, Group } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";

import { useResume } from "../../api/threads";
import { PlainText } from "../../ui/PlainText";
import { Problem } from "../../ui/Problem";

export function Paused({ id, reason }: { id: string; reason: string }) {
  const resume = useResume(id);
  return (
    <>
      <Alert
        variant="outline"
        color="yellow"
        title="Paused"
        icon={<IconPlayerPause aria-hidden />}
        // Yellow is for the frame: as text on white it is hard to read.
        styles={{ title: { color: "var(--mantine-color-text)" } }}
      >
        <Group justify="space-between" gap="sm">
          <PlainText size="sm">{reason}</PlainText>
          <Button
            size="sm"
            leftSection={<IconPlayerPlay size={16} aria-hidden />}
            onClick={() => resume.mutate()}
            loading={resume.isPending}
          >
            Resume
          </Button>
        </Group>
      </Alert>
      {resume.error && <Problem error={resume.error} />}
    </>
  );
}
