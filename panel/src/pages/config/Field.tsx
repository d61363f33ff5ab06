/** One field of the form: its control, where its value comes from, and the buttons to inherit or undo. */
import { Button, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "./Config.module.css";
import { type Name, valueText } from "./fields";
import { useField, useForm } from "./form";
import { WORDS } from "./words";

interface Props {
  name: Name;
  children: ReactNode;
}

export function Field({ name, children }: Props) {
  const { scope, inherit, undo } = useForm();
  const { edit, origin, inherited, saved } = useField(name);
  const own = origin === (scope === null ? "workspace" : "thread");
  const { label } = WORDS[name];
  return (
    <Stack gap={2} className={classes.field} data-changed={edit !== undefined || undefined}>
      {children}
      <Group gap={6} mih={22}>
        <Text size="xs" c="dimmed">
          {edit === undefined ? originText(origin, own) : edit === "inherit" ? "not saved: follows again" : "not saved"}
        </Text>
        {edit !== undefined && (
          <Small onClick={() => undo(name)} label={`${label}: keep ${valueText(name, saved)}`}>
            keep {valueText(name, saved)}
          </Small>
        )}
        {own && edit !== "inherit" && (
          <Small onClick={() => inherit(name)} label={`${label}: back to ${valueText(name, inherited)}`}>
            back to {valueText(name, inherited)}
          </Small>
        )}
      </Group>
    </Stack>
  );
}

function originText(origin: string, own: boolean): string {
  if (own) return "set here";
  return origin === "workspace" ? "from the workspace’s defaults" : "built-in default";
}

function Small({ onClick, label, children }: { onClick: () => void; label: string; children: ReactNode }) {
  return (
    <Button size="compact-xs" variant="default" fw={500} onClick={onClick} aria-label={label}>
      {children}
    </Button>
  );
}
