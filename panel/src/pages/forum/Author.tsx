/** The author of an item, marked if it is the agent. */
import { Badge, Group, Text } from "@mantine/core";
import { IconRobot } from "@tabler/icons-react";

interface Props {
  name: string;
  byAgent: boolean;
}

export function Author({ name, byAgent }: Props) {
  return (
    <Group component="span" display="inline-flex" gap={6} wrap="nowrap">
      <Text span inherit fw={600} style={{ overflowWrap: "anywhere" }}>
        {name}
      </Text>
      {byAgent && (
        <Badge size="sm" variant="outline" tt="none" leftSection={<IconRobot size={12} aria-hidden />}>
          agent
        </Badge>
      )}
    </Group>
  );
}
