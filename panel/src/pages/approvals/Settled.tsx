/** The outcome of a beat that no longer waits, and who decided it. */
import { Button, Group, Stack, Text } from "@mantine/core";

import type { useAnswer } from "../../api/approvals";
import type { BeatDetail } from "../../api/types";
import { madeOf } from "../../ui/forumItem";
import { TargetLink } from "../../ui/ItemLink";
import { Outcome } from "../../ui/Outcome";
import { PlainText } from "../../ui/PlainText";
import { endText } from "./endText";
import { Unused } from "./Unused";

interface Props {
  beat: BeatDetail;
  answer: ReturnType<typeof useAnswer>;
  onDismiss: () => void;
}

export function Settled({ beat, answer, onDismiss }: Props) {
  const [action] = beat.actions;
  const made = madeOf(action?.receipt ?? null);
  return (
    <Stack gap="xs" role="status">
      <Unused error={answer.error} />
      <Text size="sm" fw={600}>
        {endText(beat, answer.isSuccess || answer.isPending)}
      </Text>
      <Group gap="xs" fz="sm">
        <Outcome status={beat.status} />
        {action && made && (
          <TargetLink target={action.target} item={made}>
            See the {made.kind}
          </TargetLink>
        )}
      </Group>
      <PlainText size="sm">{beat.summary}</PlainText>
      {beat.status !== "running" && (
        <div>
          <Button size="xs" variant="default" onClick={onDismiss} aria-label={`Dismiss beat ${beat.id}`}>
            Dismiss
          </Button>
        </div>
      )}
    </Stack>
  );
}
