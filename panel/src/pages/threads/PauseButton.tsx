/** The button that pauses a thread, with a dialog for the reason. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlayerPause } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";

import { fieldProblem } from "../../api/problem";
import { usePause } from "../../api/threads";
import { Problem } from "../../ui/Problem";

export function PauseButton({ id }: { id: string }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [reason, setReason] = useState("");
  const pause = usePause(id);
  const said = fieldProblem(pause.error, "reason");

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    pause.mutate(reason.trim(), { onSuccess: close });
  }

  return (
    <>
      <Button variant="default" leftSection={<IconPlayerPause size={16} aria-hidden />} onClick={open}>
        Pause…
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={`Pause ${id}?`}
        centered
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput
              label="Why"
              description="Shown wherever the thread is. Scheduled beats stop until it is resumed; beats by hand still work."
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              error={said}
              autoComplete="off"
              data-autofocus
            />
            {pause.error && said === null && <Problem error={pause.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={pause.isPending}>
                Pause
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
