/** The form that corrects a line or a message, over the page. */
import { Modal } from "@mantine/core";

import type { Plan } from "../../../api/types";
import { CorrectForm } from "./CorrectForm";
import { linesOf, messageLine, nounOf, type PlanLine } from "./lines";

interface Props {
  thread: string | null;
  plan: Plan;
  etag: string | null;
  /** The line as it was when the form was opened; null while it is closed. */
  line: PlanLine | null;
  onClose: () => void;
}

/** The form stands apart from its line, so that what is typed outlives a plan in which the line is no longer. */
export function Correcting({ thread, plan, etag, line, onClose }: Props) {
  const now = line && [...plan.said.map(messageLine), ...linesOf(plan)].find((each) => each.id === line.id);
  return (
    <Modal
      opened={line !== null}
      onClose={onClose}
      // A click beside it would lose what is typed.
      closeOnClickOutside={false}
      title={line && `What ${nounOf(line)} ${(now ?? line).line} asks for`}
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
