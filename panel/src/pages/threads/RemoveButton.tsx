/** The button that removes a thread after a confirmation. */
import { notifications } from "@mantine/notifications";
import { useNavigate } from "@tanstack/react-router";

import { sentence } from "../../api/problem";
import { useRemoveThread } from "../../api/threads";
import { ConfirmButton } from "../../ui/ConfirmButton";

export function RemoveButton({ id }: { id: string }) {
  const remove = useRemoveThread(id);
  const navigate = useNavigate();
  return (
    <ConfirmButton
      variant="default"
      c="var(--mantine-color-error)"
      question={`Remove ${id}?`}
      consequence="Its history, its conversation, its config and what it remembers go with it. What it wrote in the forum stays. This cannot be undone."
      yes="Remove"
      loading={remove.isPending}
      onConfirm={() =>
        remove.mutate(undefined, {
          // Unsaved changes of the removed thread need no confirmation.
          onSuccess: () => void navigate({ to: "/threads", ignoreBlocker: true }),
          onError: (error) => notifications.show({ title: "Not removed", message: sentence(error), color: "red" }),
        })
      }
    >
      Remove…
    </ConfirmButton>
  );
}
