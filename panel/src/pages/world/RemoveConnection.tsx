/** The button that removes a connection after a confirmation. */
import { notifications } from "@mantine/notifications";

import { useRemoveConnection } from "../../api/connections";
import { sentence } from "../../api/problem";
import { ConfirmButton } from "../../ui/ConfirmButton";

export function RemoveConnection({ name }: { name: string }) {
  const remove = useRemoveConnection(name);
  return (
    <ConfirmButton
      size="xs"
      variant="default"
      c="var(--mantine-color-error)"
      aria-label={`Remove ${name}`}
      question={`Remove ${name}?`}
      consequence="Its address goes with it, and what is on its way to it is cancelled. Threads whose target it is have to name another. What it brought stays in the inbox."
      yes="Remove"
      loading={remove.isPending}
      onConfirm={() =>
        remove.mutate(undefined, {
          onError: (error) => notifications.show({ title: "Not removed", message: sentence(error), color: "red" }),
        })
      }
    >
      Remove
    </ConfirmButton>
  );
}
