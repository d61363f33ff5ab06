/** The button that tests a connection; for a public one it asks for the text that is posted. */
import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type SubmitEvent, useState } from "react";

import { useTestConnection } from "../../api/connections";
import type { Connection } from "../../api/types";
import { Problem } from "../../ui/Problem";
import { TestResult } from "./TestResult";

const LONGEST = 1_000;

interface Props {
  connection: Connection;
  /** Whether the button is there; the dialog outlives it, with the text that is typed in it. */
  isOffered: boolean;
}

export function TestConnection({ connection, isOffered }: Props) {
  const { name } = connection;
  const [opened, { open, close }] = useDisclosure(false);
  const test = useTestConnection(name);

  function begin(): void {
    test.reset();
    open();
    // Sends something to the owner alone, or looks at a folder.
    if (connection.reach !== "public") test.mutate(null);
  }

  return (
    <>
      {isOffered && (
        <Button size="xs" variant="default" aria-label={`Test ${name}`} onClick={begin}>
          Test
        </Button>
      )}
      <Modal opened={opened} onClose={close} title={`Test ${name}`} closeButtonProps={{ "aria-label": "Close" }}>
        <Stack gap="sm">
          {connection.reach === "public" && test.data === undefined && (
            <Post pending={test.isPending} onPost={(text) => test.mutate(text)} />
          )}
          {test.isPending && <Text size="sm">Waiting for the answer…</Text>}
          <TestResult result={test.data} />
          {test.error && <Problem error={test.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Close
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function Post({ pending, onPost }: { pending: boolean; onPost: (text: string) => void }) {
  const [text, setText] = useState("");

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    onPost(text);
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Textarea
          label="Text"
          description="It is public, so the test is a post that others see."
          required
          maxLength={LONGEST}
          autosize
          minRows={2}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={pending}>
            Post it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
