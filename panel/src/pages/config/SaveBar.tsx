/** The bar with unsaved changes and the error of the last save. */
import { Button, Group, Paper, Stack, Text } from "@mantine/core";

import { ProblemError } from "../../api/problem";
import { Problem } from "../../ui/Problem";
import classes from "./Config.module.css";
import type { Edits } from "./edits";
import type { Name } from "./fields";
import { WORDS } from "./words";

interface Props {
  edits: Edits;
  error: unknown;
  saving: boolean;
  onDiscard: () => void;
}

export function SaveBar({ edits, error, saving, onDiscard }: Props) {
  const names = (Object.keys(edits) as Name[]).map((name) => WORDS[name].label);
  if (names.length === 0) return null;
  const refused = fieldOf(error);
  return (
    <Paper className={classes.bar} withBorder p="sm" shadow="md" component="section" aria-label="Unsaved changes">
      <Stack gap="xs">
        {refused !== null && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            Nothing was saved: <b>{WORDS[refused].label}</b> is not right.
          </Text>
        )}
        {error !== null && refused === null && <Problem error={error} />}
        <Group justify="space-between" gap="xs">
          <Text size="sm">
            Not saved: <b>{names.join(", ")}</b>
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={onDiscard} disabled={saving}>
              Discard
            </Button>
            <Button type="submit" loading={saving}>
              Save
            </Button>
          </Group>
        </Group>
      </Stack>
    </Paper>
  );
}

/** Return the field that already shows the message, or null. */
function fieldOf(error: unknown): Name | null {
  if (!(error instanceof ProblemError)) return null;
  const name = error.field?.replace("config.", "").split(".")[0] ?? "";
  return name in WORDS ? (name as Name) : null;
}
