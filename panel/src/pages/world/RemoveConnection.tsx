/** The button that removes a connection after a confirmation, and forgets what it brought if that is wanted. */
import { Checkbox } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";

import { useRemoveConnection } from "../../api/connections";
import { sentence } from "../../api/problem";
import { ConfirmButton } from "../../ui/ConfirmButton";

const DELETED =
  "Its items, the texts of all beats since one looked at it, and what these told, wrote and posted here. This cannot be undone.";

const OF_TARGET = "What is on its way to it is cancelled. Threads whose target it is have to name another.";
const OF_LOOKED = "Threads do not look at it any more. What it brought stays in the inbox, unless it is forgotten too.";

interface Props {
  name: string;
  /** Whether something may be sent there. */
  isTarget: boolean;
  isLooked: boolean;
}

export function RemoveConnection({ name, isTarget, isLooked }: Props) {
  const remove = useRemoveConnection(name);
  const [forget, setForget] = useState(false);
  return (
    <ConfirmButton
      size="xs"
      variant="default"
      c="var(--mantine-color-error)"
      aria-label={`Remove ${name}`}
      question={`Remove ${name}?`}
      consequence={[isTarget && OF_TARGET, isLooked && OF_LOOKED, "What was typed for it is removed too."].filter(Boolean).join(" ")}
      more={
        <Checkbox
          mt="md"
          label="Forget what it brought, too"
          description={DELETED}
          checked={forget}
          onChange={(event) => setForget(event.currentTarget.checked)}
        />
      }
      yes={forget ? "Remove and forget" : "Remove"}
      loading={remove.isPending}
      onConfirm={() =>
        remove.mutate(forget, {
          onSuccess: (unfinished) => {
            if (unfinished) notifications.show({ title: "Not quite forgotten yet", message: unfinished.said });
          },
          onError: (error) => notifications.show({ title: "Not removed", message: sentence(error), color: "red" }),
        })
      }
    >
      Remove
    </ConfirmButton>
  );
}
