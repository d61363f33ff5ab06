/** A part of a page, with its own heading. */
import { Group, Paper, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Section({ title, actions, children }: Props) {
  const heading = useId();
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={heading} miw={0}>
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={2} size="h4" id={heading}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Paper>
  );
}
