/** The form that changes a connection. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type SubmitEvent, useState } from "react";

import { useChangeConnection, useKinds } from "../../api/connections";
import type { Connection, Kind } from "../../api/types";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { ConnectionFields, isShown } from "./ConnectionFields";
import { changedValues, fieldsOf } from "./form";

export function EditConnection({ connection }: { connection: Connection }) {
  const [opened, { open, close }] = useDisclosure(false);
  const { name } = connection;
  return (
    <>
      <Button size="xs" variant="default" aria-label={`Change ${name}`} onClick={open}>
        Change
      </Button>
      <Modal opened={opened} onClose={close} title={`Change ${name}`} size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        <Loaded connection={connection} onClose={close} />
      </Modal>
    </>
  );
}

interface Props {
  connection: Connection;
  onClose: () => void;
}

function Loaded({ connection, onClose }: Props) {
  const { data, error, refetch } = useKinds();
  const kind = data?.find((each) => each.kind === connection.kind);
  if (kind !== undefined) return <Form kind={kind} connection={connection} onClose={onClose} />;
  return error ? <Problem error={error} again={() => void refetch()} /> : <Loading lines={4} height={48} />;
}

function Form({ kind, connection, onClose }: Props & { kind: Kind }) {
  const [fields, setFields] = useState(() => fieldsOf(kind, connection.values));
  const change = useChangeConnection(connection.name);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    change.mutate(changedValues(kind, fields), { onSuccess: onClose });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <ConnectionFields kind={kind} fields={fields} there error={change.error} onChange={setFields} />
        {change.error && !isShown(kind, fields, change.error) && <Problem error={change.error} />}
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
