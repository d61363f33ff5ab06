/** The plan of the text in the editor: of the saved one, or what is kept of one that is not; and the form over it. */
import { Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";

import type { TaggedPlan } from "../../../api/plan";
import type { Plan } from "../../../api/types";
import { Loading } from "../../../ui/Loading";
import { Problem } from "../../../ui/Problem";
import { CorrectForm } from "./CorrectForm";
import { linesOf, type PlanLine } from "./lines";
import { PlanSection } from "./PlanSection";

interface Props {
  thread: string | null;
  /** The plan of the text as it is saved. */
  saved: TaggedPlan | undefined;
  /** What is kept of a text that is not saved; undefined where nothing was changed. */
  unsaved: Plan | undefined;
  error: Error | null;
  again: () => void;
  onLine: (line: number) => void;
}

export function PlanShown({ thread, saved, unsaved, error, again, onLine }: Props) {
  const [correcting, setCorrecting] = useState<PlanLine | null>(null);
  const plan = unsaved ?? saved?.plan;
  const etag = unsaved === undefined ? (saved?.etag ?? null) : null;
  if (plan === undefined)
    return error ? <Problem error={error} title="The plan cannot be shown" again={again} /> : <Loading lines={6} height={18} />;
  return (
    <Stack gap="md">
      {unsaved !== undefined && (
        <Text size="sm">Not saved yet: lines that were changed are read once they are saved.</Text>
      )}
      <PlanSection thread={thread} plan={plan} etag={etag} onLine={onLine} onCorrect={setCorrecting} />
      <Correcting thread={thread} plan={plan} etag={etag} line={correcting} onClose={() => setCorrecting(null)} />
    </Stack>
  );
}

interface CorrectingProps {
  thread: string | null;
  plan: Plan;
  etag: string | null;
  /** The line as it was when the form was opened; null while it is closed. */
  line: PlanLine | null;
  onClose: () => void;
}

/** The form stands apart from its line, so that what is typed outlives a plan in which the line is no longer. */
function Correcting({ thread, plan, etag, line, onClose }: CorrectingProps) {
  const now = line && linesOf(plan).find((each) => each.id === line.id);
  return (
    <Modal
      opened={line !== null}
      onClose={onClose}
      // A click beside it would lose what is typed.
      closeOnClickOutside={false}
      title={line && `What line ${(now ?? line).line} asks for`}
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {line && (
        <CorrectForm
          thread={thread}
          line={now ?? line}
          etag={now ? etag : null}
          timezone={plan.timezone}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}
