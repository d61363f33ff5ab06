/** A part of a page, with its own heading. */
import { Group, Paper, Title } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  /** Before the title of a part that waits for an answer. */
  icon?: Icon | undefined;
  actions?: ReactNode;
  children: ReactNode;
}

export function Section({ title, icon: Shape, actions, children }: Props) {
  const heading = useId();
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={heading} miw={0}>
      <Group justify="space-between" mb="sm" gap="xs">
        <Group gap="xs" wrap="nowrap">
          {Shape && <Shape size={18} color="var(--outcome-awaiting-approval)" aria-hidden style={{ flex: "none" }} />}
          <Title order={2} size="h4" id={heading}>
            {title}
          </Title>
        </Group>
        {actions}
      </Group>
      {children}
    </Paper>
  );
}
