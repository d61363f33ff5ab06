/** The form for a new post. */
import { Button, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPencilPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { useBoards, useNewPost } from "../../api/forum";
import { fieldProblem } from "../../api/problem";
import { Problem } from "../../ui/Problem";
import { useAuthor } from "./useAuthor";
import { AuthorField } from "./AuthorField";

interface Props {
  /** The board that is selected. */
  board: string | undefined;
}

export function NewPost({ board }: Props) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button leftSection={<IconPencilPlus size={16} aria-hidden />} onClick={open}>
        Write a post
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        // A click beside it would lose what is typed.
        closeOnClickOutside={false}
        title="Write a post"
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Form board={board} onClose={close} />
      </Modal>
    </>
  );
}

const FIELDS = ["board", "title", "content", "author"] as const;

function Form({ board, onClose }: Props & { onClose: () => void }) {
  const boards = useBoards();
  const navigate = useNavigate();
  const [author, remember] = useAuthor();
  const [fields, setFields] = useState({ board: board ?? "general", title: "", content: "", author });
  const write = useNewPost();
  const refused = (name: (typeof FIELDS)[number]) => fieldProblem(write.error, name);
  const set = (name: (typeof FIELDS)[number]) => (value: string) => setFields((old) => ({ ...old, [name]: value }));

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    write.mutate(fields, {
      onSuccess: (made) => {
        remember(fields.author);
        onClose();
        void navigate({ to: "/forum/posts/$postId", params: { postId: String(made.id) } });
      },
    });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NativeSelect
          label="Board"
          data={boards.data?.items.map(({ id, title }) => ({ value: id, label: title })) ?? [fields.board]}
          value={fields.board}
          onChange={(event) => set("board")(event.currentTarget.value)}
          error={refused("board")}
        />
        <TextInput
          label="Title"
          required
          data-autofocus
          value={fields.title}
          onChange={(event) => set("title")(event.currentTarget.value)}
          error={refused("title")}
        />
        <Textarea
          label="Text"
          description="Plain text. The agent reads it in its next beat."
          required
          autosize
          minRows={4}
          maxRows={16}
          value={fields.content}
          onChange={(event) => set("content")(event.currentTarget.value)}
          error={refused("content")}
        />
        <AuthorField value={fields.author} onChange={set("author")} error={refused("author")} />
        {write.error && FIELDS.every((name) => refused(name) === null) && <Problem error={write.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={write.isPending}>
            Post
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
