/** The button that revokes a standing approval after a confirmation. */
import { notifications } from "@mantine/notifications";

import { sentence } from "../../api/problem";
import { useRevoke } from "../../api/standing";
import type { StandingApproval } from "../../api/types";
import { coveredText } from "../../ui/answers";
import { ConfirmButton } from "../../ui/ConfirmButton";

export function RevokeButton({ approval: { id, kind, target, thread_id } }: { approval: StandingApproval }) {
  const revoke = useRevoke(id);
  const covered = coveredText(kind, target);
  return (
    <ConfirmButton
      size="xs"
      variant="default"
      c="var(--mantine-color-error)"
      aria-label={`Revoke ${covered} from ${thread_id}`}
      question={`Revoke ${covered} from ${thread_id}?`}
      consequence="From now on such actions wait for your approval again, where the thread’s config says so. What was done so far stays."
      yes="Revoke"
      loading={revoke.isPending}
      onConfirm={() =>
        revoke.mutate(undefined, {
          onError: (error) => notifications.show({ title: "Not revoked", message: sentence(error), color: "red" }),
        })
      }
    >
      Revoke
    </ConfirmButton>
  );
}
