/** Makes a thread: a button with a dialog, and the form in it, which the first run shows at once. */
import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";

import { fieldProblem } from "../../api/problem";
import { useStatus } from "../../api/status";
import { useCreateThread } from "../../api/threads";
import { Problem } from "../../ui/Problem";

const FIELDS = ["id", "title", "every"] as const;

export function NewThreadButton() {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={open}>
        New thread
      </Button>
      <Modal opened={opened} onClose={close} title="New thread" closeButtonProps={{ "aria-label": "Close" }}>
        <NewThreadForm />
      </Modal>
    </>
  );
}

/** Leads to the thread when it is made. */
export function NewThreadForm({ id = "" }: { id?: string }) {
  const model = useStatus().data?.model;
  const create = useCreateThread();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { id, title: "", every: "30m", rules: model?.reachable === false } });

  function submit({ rules, every, ...named }: typeof form.values): void {
    const config = { every: every.trim(), ...(rules && { fallback: "rules" as const }) };
    // Not by `mutate`, whose callbacks are dropped with the form: the first thread takes the three steps away.
    create.mutateAsync({ ...named, id: named.id.trim(), config }).then(
      (made) => navigate({ to: "/threads/$threadId", params: { threadId: made.thread_id } }),
      () => undefined, // Shown at its field, or below the fields.
    );
  }

  const elsewhere = create.error && !FIELDS.some((field) => fieldProblem(create.error, field));
  const at = (field: (typeof FIELDS)[number]) => fieldProblem(create.error, field);
  return (
    <form onSubmit={form.onSubmit(submit)} aria-label="New thread">
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="1 to 64 of a-z, 0-9, _ and -"
          {...form.getInputProps("id")}
          error={at("id")}
          required
          data-autofocus
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput label="Title" {...form.getInputProps("title")} error={at("title")} autoComplete="off" />
        <TextInput
          label="Beats every"
          description="Like 90s, 30m, 1h30m, 4h or 1d; a minute to a day"
          {...form.getInputProps("every")}
          error={at("every")}
          required
          autoComplete="off"
        />
        <Checkbox
          label="Follow the simple rules while no model answers"
          description="The Rules section of HEARTBEAT.md, as far as it can be followed without a model"
          {...form.getInputProps("rules", { type: "checkbox" })}
        />
        {elsewhere && <Problem error={create.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            Make the thread
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
