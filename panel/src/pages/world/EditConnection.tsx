/** The form that changes a connection. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type SubmitEvent, useState } from "react";

import { useChangeConnection } from "../../api/connections";
import type { Connection } from "../../api/types";
import { Problem } from "../../ui/Problem";
import { ConnectionFields, isShown } from "./ConnectionFields";
import { changedValues, fieldsOf } from "./values";

export function EditConnection({ connection }: { connection: Connection }) {
  const [opened, { open, close }] = useDisclosure(false);
  const { name } = connection;
  return (
    <>
      <Button size="xs" variant="default" aria-label={`Change ${name}`} onClick={open}>
        Change
      </Button>
      <Modal opened={opened} onClose={close} title={`Change ${name}`} size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        <Form connection={connection} onClose={close} />
      </Modal>
    </>
  );
}

function Form({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const [fields, setFields] = useState(() => fieldsOf(connection));
  const change = useChangeConnection(connection.name);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    change.mutate(changedValues(fields), { onSuccess: onClose });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <ConnectionFields fields={fields} there error={change.error} onChange={setFields} />
        {change.error && !isShown(change.error) && <Problem error={change.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
