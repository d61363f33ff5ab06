/** Makes a thread: a button with a dialog, and the form in it, which the first run shows at once. */
import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";

import { useDefaults } from "../../api/config";
import { fieldProblem } from "../../api/problem";
import { useStatus } from "../../api/status";
import { useCreateThread } from "../../api/threads";
import { Problem } from "../../ui/Problem";
import { wireHours } from "../config/edits";
import type { Hours } from "../config/fields";
import { HoursInput } from "../config/HoursInput";
import { WORDS } from "../config/words";
import { ZoneInput } from "../config/ZoneInput";
import { offeredZone } from "../config/zones";
import { slugOf } from "./slug";

const FIELDS = ["id", "title", "every", "timezone", "active_hours", "active_hours.start", "active_hours.end"] as const;

export function NewThreadButton() {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
        New thread
      </Button>
      <Modal opened={opened} onClose={close} title="New thread" closeButtonProps={{ "aria-label": "Close" }}>
        <NewThreadForm />
      </Modal>
    </>
  );
}

interface Values {
  title: string;
  id: string;
  every: string;
  hours: Hours | null;
  /** Null: as it is offered. */
  zone: string | null;
  rules: boolean;
}

/** Leads to the thread when it is made. */
export function NewThreadForm({ id = "" }: { id?: string }) {
  const model = useStatus().data?.model;
  const defaults = useDefaults().data;
  const create = useCreateThread();
  const navigate = useNavigate();
  const hoursId = useId();
  /** Whether the id was written by hand; until then it follows the title. */
  const [named, setNamed] = useState(false);
  const initial: Values = { title: "", id, every: "30m", hours: null, zone: null, rules: model?.reachable === false };
  const form = useForm<Values>({ initialValues: initial });
  const zone = form.values.zone ?? offeredZone(defaults);

  function submit({ title, id: name, every, hours, rules }: Values): void {
    const config = {
      every: every.trim(),
      ...(zone.trim() !== defaults?.config.timezone && { timezone: zone.trim() }),
      ...(hours !== null && { active_hours: wireHours(hours) }),
      ...(rules && { fallback: "rules" as const }),
    };
    // Not by `mutate`, whose callbacks are dropped with the form: the first thread takes the three steps away.
    create.mutateAsync({ title, id: name.trim(), config }).then(
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
          label="Title"
          description="What people call it"
          value={form.values.title}
          onChange={(event) => {
            const title = event.currentTarget.value;
            form.setFieldValue("title", title);
            if (!named) form.setFieldValue("id", slugOf(title) || id);
          }}
          error={at("title")}
          data-autofocus
          autoComplete="off"
        />
        <TextInput
          label="Id"
          description="Its name in addresses and commands, made from the title: 1 to 64 of a-z, 0-9, _ and -"
          value={form.values.id}
          onChange={(event) => {
            setNamed(event.currentTarget.value !== "");
            form.setFieldValue("id", event.currentTarget.value);
          }}
          error={at("id")}
          required
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label="Beats every"
          description="Like 90s, 30m, 1h30m, 4h or 1d; a minute to a day"
          {...form.getInputProps("every")}
          error={at("every")}
          required
          autoComplete="off"
        />
        <HoursInput
          id={hoursId}
          idOf={(end) => `${hoursId}-${end}`}
          label={WORDS.active_hours.label}
          description={WORDS.active_hours.help}
          problem={{ whole: at("active_hours"), start: at("active_hours.start"), end: at("active_hours.end") }}
          value={form.values.hours}
          onChange={(hours) => form.setFieldValue("hours", hours)}
        />
        <ZoneInput
          label={WORDS.timezone.label}
          description={WORDS.timezone.help}
          error={at("timezone")}
          value={zone}
          onChange={(chosen) => form.setFieldValue("zone", chosen)}
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
