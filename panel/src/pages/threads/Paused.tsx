/** The alert on a paused thread, with the reason and a button to resume it. */
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
        // Yellow text on white has too little contrast, so only the border is yellow.
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
