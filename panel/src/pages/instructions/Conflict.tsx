/** The alert after a save was refused because somebody else has saved: the difference, and the choices. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowsDiff } from "@tabler/icons-react";

import type { Kept } from "../../api/texts";
import { Difference } from "./Difference";

interface Props {
  theirs: Kept;
  mine: string;
  busy: boolean;
  onMine: () => void;
  onTheirs: () => void;
  onEdit: () => void;
}

export function Conflict({ theirs, mine, busy, onMine, onTheirs, onEdit }: Props) {
  const gone = theirs.content === null;
  return (
    <Alert
      color="yellow"
      variant="outline"
      role="alert"
      title={gone ? "Somebody has deleted the text meanwhile" : "Somebody else has changed the text meanwhile"}
      icon={<IconArrowsDiff aria-hidden />}
    >
      <Stack gap="sm">
        <Text size="sm">
          Nothing was saved, and nothing is lost.
          {gone
            ? " You can keep yours, which makes the text anew, or go on editing."
            : " Look at what differs, and choose: yours replaces theirs, theirs replaces yours (undo brings yours back), or you go on editing and are asked again when you save."}
        </Text>
        {theirs.content !== null && <Difference theirs={theirs.content} mine={mine} />}
        <Group gap="sm">
          <Button onClick={onMine} loading={busy}>
            Keep mine
          </Button>
          {!gone && (
            <Button variant="default" onClick={onTheirs}>
              Take theirs
            </Button>
          )}
          <Button variant="default" onClick={onEdit}>
            Go on editing
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
