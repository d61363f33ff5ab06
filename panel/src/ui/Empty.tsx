/** Shown for an empty list: what is missing and what to do about it. */
import { Stack, Text, ThemeIcon } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface Props {
  icon: Icon;
  title: string;
  children?: ReactNode;
}

export function Empty({ icon: Shape, title, children }: Props) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <ThemeIcon size="xl" radius="xl" variant="light" aria-hidden>
        <Shape size={22} />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      {children}
    </Stack>
  );
}
