/** A button that opens the form of a new thread in a dialog, and the form, which the first run shows directly. */
import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useId } from "react";

import { Problem } from "../../ui/Problem";
import { HoursInput } from "../config/HoursInput";
import { WORDS } from "../config/words";
import { ZoneInput } from "../config/ZoneInput";
import { PrivateSources } from "./PrivateSources";
import { useNewThread } from "./useNewThread";

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

interface Props {
  /** The initial id. */
  id?: string;
  /** Whether it is the first thread, which looks at what is private unless it is told not to. */
  isFirst?: boolean;
}

/** The form; once the thread is created, its page is opened. */
export function NewThreadForm({ id = "", isFirst = false }: Props) {
  const { form, zone, looks, changeTitle, changeId, onSubmit, problemAt, otherProblem, busy } = useNewThread(id, isFirst);
  const hoursId = useId();
  return (
    <form onSubmit={onSubmit} aria-label="New thread">
      <Stack gap="sm">
        <TextInput
          label="Title"
          description="What people call it"
          value={form.values.title}
          onChange={(event) => changeTitle(event.currentTarget.value)}
          error={problemAt("title")}
          data-autofocus
          autoComplete="off"
        />
        <TextInput
          label="Id"
          description="Its name in addresses and commands, made from the title: 1 to 64 of a-z, 0-9, _ and -"
          value={form.values.id}
          onChange={(event) => changeId(event.currentTarget.value)}
          error={problemAt("id")}
          required
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label="Beats every"
          description="Like 90s, 30m, 1h30m, 4h or 1d; a minute to a day"
          {...form.getInputProps("every")}
          error={problemAt("every")}
          required
          autoComplete="off"
        />
        <HoursInput
          id={hoursId}
          idOf={(end) => `${hoursId}-${end}`}
          label={WORDS.active_hours.label}
          description={WORDS.active_hours.help}
          problem={{
            whole: problemAt("active_hours"),
            start: problemAt("active_hours.start"),
            end: problemAt("active_hours.end"),
          }}
          value={form.values.hours}
          onChange={(hours) => form.setFieldValue("hours", hours)}
        />
        <ZoneInput
          label={WORDS.timezone.label}
          description={WORDS.timezone.help}
          error={problemAt("timezone")}
          value={zone}
          onChange={(chosen) => form.setFieldValue("zone", chosen)}
        />
        <PrivateSources {...looks} problem={problemAt("sources")} />
        <Checkbox
          label="Follow the rules that need no model while none answers"
          description="Rules of the plan that take neither a judgement nor a text of the model"
          {...form.getInputProps("rules", { type: "checkbox" })}
        />
        {otherProblem !== null && <Problem error={otherProblem} />}
        <Group justify="flex-end">
          <Button type="submit" loading={busy}>
            Make the thread
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
