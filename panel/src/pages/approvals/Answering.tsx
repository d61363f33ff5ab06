/** The buttons to answer a beat: approve, approve with an edit, or reject. */
import { Button, Group } from "@mantine/core";
import { IconBan, IconCheck, IconPencil } from "@tabler/icons-react";
import { useState } from "react";

import type { useAnswer } from "../../api/approvals";
import { Problem } from "../../ui/Problem";
import { EditForm } from "./EditForm";
import type { Proposal } from "./proposal";
import { RejectForm } from "./RejectForm";

interface Props {
  proposal: Proposal;
  answer: ReturnType<typeof useAnswer>;
}

export function Answering({ proposal, answer }: Props) {
  const [mode, setMode] = useState<"choose" | "edit" | "reject">("choose");

  function turn(to: typeof mode): void {
    answer.reset();
    setMode(to);
  }

  if (mode === "edit") return <EditForm proposal={proposal} answer={answer} onCancel={() => turn("choose")} />;
  if (mode === "reject") return <RejectForm answer={answer} onCancel={() => turn("choose")} />;
  return (
    <>
      {answer.error && <Problem error={answer.error} />}
      <Group gap="sm">
        <Button
          leftSection={<IconCheck size={16} aria-hidden />}
          loading={answer.isPending}
          onClick={() => answer.mutate({ answer: "approve" })}
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
    </>
  );
}
