/** The buttons to answer a beat: approve, approve with an edit, or reject. */
import { Button, Group, Stack } from "@mantine/core";
import { IconBan, IconCheck, IconPencil } from "@tabler/icons-react";
import { useState } from "react";

import type { useAnswer } from "../../api/approvals";
import { Problem } from "../../ui/Problem";
import { AlwaysField } from "./AlwaysField";
import { EditForm } from "./EditForm";
import type { Proposal } from "./proposal";
import { RejectForm } from "./RejectForm";

interface Props {
  proposal: Proposal;
  /**
   * Where the action goes: the name of its target, or `tell`; null if it cannot be approved for good, as what a beat
   * made that saw something private.
   */
  place: string | null;
  answer: ReturnType<typeof useAnswer>;
  /** Whether the beat no longer waits, so that what is typed cannot be sent any more. */
  isClosed: boolean;
  /** Called with whether something is typed, which has to stay even if the beat no longer waits. */
  onTyping: (typing: boolean) => void;
}

export function Answering({ proposal, place, answer, isClosed, onTyping }: Props) {
  const [mode, setMode] = useState<"choose" | "edit" | "reject">("choose");
  const [always, setAlways] = useState(false);
  const standing = place !== null && (
    <AlwaysField kind={proposal.kind} place={place} checked={always} onChange={setAlways} />
  );

  function turn(to: typeof mode): void {
    answer.reset();
    setMode(to);
    onTyping(to !== "choose");
  }

  if (mode === "edit")
    return (
      <EditForm proposal={proposal} answer={answer} always={always} isClosed={isClosed} onCancel={() => turn("choose")}>
        {standing}
      </EditForm>
    );
  if (mode === "reject") return <RejectForm answer={answer} isClosed={isClosed} onCancel={() => turn("choose")} />;
  return (
    <Stack gap="sm">
      {answer.error && <Problem error={answer.error} />}
      <Group gap="sm">
        <Button
          leftSection={<IconCheck size={16} aria-hidden />}
          loading={answer.isPending}
          onClick={() => answer.mutate({ answer: "approve", ...(always && { always }) })}
        >
          Approve
        </Button>
        <Button
          variant="default"
          leftSection={<IconPencil size={16} aria-hidden />}
          disabled={answer.isPending}
          onClick={() => turn("edit")}
        >
          Edit…
        </Button>
        <Button
          variant="default"
          leftSection={<IconBan size={16} aria-hidden />}
          disabled={answer.isPending}
          onClick={() => turn("reject")}
        >
          Reject…
        </Button>
      </Group>
      {standing}
    </Stack>
  );
}
