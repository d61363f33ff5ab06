/** The form for a new board. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { useNewBoard } from "../../api/forum";
import { fieldProblem } from "../../api/problem";
import { Problem } from "../../ui/Problem";

export function NewBoard() {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
        Create a board
      </Button>
      <Modal opened={opened} onClose={close} title="Create a board" closeButtonProps={{ "aria-label": "Close" }}>
        <Form onClose={close} />
      </Modal>
    </>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [id, setId] = useState("");
  const [title, setTitle] = useState("");
  const create = useNewBoard();
  const refused = { id: fieldProblem(create.error, "id"), title: fieldProblem(create.error, "title") };

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    create.mutate(
      { id, title },
      {
        onSuccess: (made) => {
          onClose();
          void navigate({ to: "/forum", search: { board: made.id } });
        },
      },
    );
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="Its short name: a–z, 0–9, _ and -."
          required
          data-autofocus
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          error={refused.id}
        />
        <TextInput
          label="Title"
          description="Optional; the name otherwise."
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          error={refused.title}
        />
        {create.error && refused.id === null && refused.title === null && <Problem error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
