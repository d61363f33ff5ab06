/** The form of a new connection of one kind. */
import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type SubmitEvent, useEffect, useRef } from "react";

import { fieldProblem } from "../../api/problem";
import type { Connection, Kind } from "../../api/types";
import { Problem } from "../../ui/Problem";
import { useFocusFirst } from "../../ui/useFocusFirst";
import { ConnectionFields, isShown } from "./ConnectionFields";
import { Guides } from "./Guides";
import { TestResult } from "./TestResult";
import { useNewConnection } from "./useNewConnection";

interface Props {
  kind: Kind;
  onBack: () => void;
  onSaved: (made: Connection) => void;
}

export function NewConnection({ kind, onBack, onSaved }: Props) {
  const form = useNewConnection(kind, onSaved);
  const step = useFocusFirst<HTMLFormElement>();
  const { fields, error, trial, canTest } = form;
  const nameProblem = fieldProblem(error, "name");
  const foot = useRef<HTMLDivElement>(null);
  const isAtField = nameProblem !== null || isShown(kind, fields, error, trial);

  // A long form would hide what came of it.
  useEffect(() => {
    if (trial !== undefined || error !== null) foot.current?.scrollIntoView({ block: "nearest" });
  }, [trial, error]);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    form.save();
  }

  return (
    <form ref={step} onSubmit={submit} aria-label="New connection">
      <Stack gap="sm">
        {kind.missing !== null && (
          <Alert color="yellow" variant="outline" icon={<IconAlertTriangle aria-hidden />} title="Something has to be installed first">
            {kind.missing}
          </Alert>
        )}
        <Guides kind={kind} service={form.service} onChange={form.choose} />
        <ConnectionFields kind={kind} fields={fields} there={false} error={error} trial={trial} onChange={form.change}>
          <TextInput
            label="Name"
            description="What threads and HEARTBEAT.md call it: a–z, 0–9, _ and -."
            required
            autoComplete="off"
            spellCheck={false}
            value={form.name}
            onChange={(event) => form.rename(event.currentTarget.value)}
            error={nameProblem}
          />
        </ConnectionFields>
        <TestResult result={isAtField ? undefined : trial} waiting={form.isTesting ? "Testing…" : null} />
        {error && !isAtField && <Problem error={error} />}
        {!canTest && (
          <Text size="sm" c="dimmed">
            It is public, so a test is a post that others see; it can be tested once it is saved.
          </Text>
        )}
        <Group justify="flex-end" gap="xs" ref={foot}>
          <Button variant="default" onClick={onBack}>
            Back
          </Button>
          {canTest && (
            <Button variant="default" onClick={form.runTest} loading={form.isTesting && !form.isSaving}>
              Test
            </Button>
          )}
          <Button type="submit" loading={form.isSaving}>
            {form.isAllTheSame ? "Save all the same" : "Save"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
