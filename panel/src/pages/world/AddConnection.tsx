/** The form for a new connection. */
import { Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";

import { useAddConnection, useTestNew } from "../../api/connections";
import { fieldProblem } from "../../api/problem";
import { Problem } from "../../ui/Problem";
import { ConnectionFields, isShown } from "./ConnectionFields";
import { TestResult } from "./TestResult";
import { EMPTY, kindOf, KINDS, newValues } from "./values";

export function AddConnection() {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
        Add a connection
      </Button>
      <Modal opened={opened} onClose={close} title="Add a connection" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        <Form onClose={close} />
      </Modal>
    </>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const [fields, setFields] = useState(EMPTY);
  const add = useAddConnection();
  const test = useTestNew();
  const body = { name: fields.name.trim(), kind: fields.kind, values: newValues(fields) };
  const error = add.error ?? test.error;

  function change(next: typeof fields): void {
    // What was refused or tried is not what the form holds now.
    add.reset();
    test.reset();
    setFields(next);
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    test.reset();
    add.mutate(body, { onSuccess: onClose });
  }

  function trial(): void {
    add.reset();
    test.mutate(body);
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="How threads and HEARTBEAT.md call it: a–z, 0–9, _ and -."
          required
          data-autofocus
          value={fields.name}
          onChange={(event) => change({ ...fields, name: event.currentTarget.value })}
          error={fieldProblem(error, "name")}
        />
        <NativeSelect
          label="Kind"
          data={KINDS}
          value={fields.kind}
          onChange={(event) => change({ ...fields, kind: kindOf(event.currentTarget.value) })}
          error={fieldProblem(error, "kind")}
        />
        <ConnectionFields fields={fields} there={false} error={error} onChange={change} />
        <TestResult result={test.data} />
        {error && !isShown(error) && <Problem error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          {/* A test of a public one is a post, which needs a text; it can be tested after it was added. */}
          {(fields.kind !== "apprise" || fields.reach === "owner") && (
            <Button variant="default" onClick={trial} loading={test.isPending}>
              Test it
            </Button>
          )}
          <Button type="submit" loading={add.isPending}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
