/** The form to reject a beat; the history shows the reason. */
import { Button, Group, Stack, Textarea } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import type { useAnswer } from "../../api/approvals";
import { fieldProblem } from "../../api/problem";
import { Problem } from "../../ui/Problem";
import { Closed } from "./Closed";

interface Props {
  answer: ReturnType<typeof useAnswer>;
  /** Whether the beat no longer waits: what is typed stays to be copied. */
  isClosed: boolean;
  onCancel: () => void;
}

export function RejectForm({ answer, isClosed, onCancel }: Props) {
  const [reason, setReason] = useState("");
  const refused = fieldProblem(answer.error, "reason");

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (isClosed) return;
    const said = reason.trim();
    answer.mutate({ answer: "reject", ...(said !== "" && { reason: said }) });
  }

  return (
    <form onSubmit={submit} aria-label="Reject the action">
      <Stack gap="sm">
        <Textarea
          label="Why not"
          description="Optional; it is kept with the beat."
          autosize
          minRows={2}
          maxRows={8}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={refused}
        />
        {answer.error && refused === null && <Problem error={answer.error} />}
        {isClosed && <Closed />}
        <Group gap="sm">
          <Button type="submit" color="red" loading={answer.isPending} disabled={isClosed}>
            Reject
          </Button>
          <Button variant="default" onClick={onCancel} disabled={answer.isPending}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
