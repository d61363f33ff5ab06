/** The outcome of a beat: icon, colour, label, and reason. */
import { Group, Text } from "@mantine/core";

import classes from "./Outcome.module.css";
import { colourOf, lookOf, reasonText } from "./outcomes";

interface Props {
  status: string;
  reason?: string | null;
  /** Whether to show the reason as well. */
  withReason?: boolean;
}

export function Outcome({ status, reason = null, withReason = false }: Props) {
  const { label, icon: Shape } = lookOf(status);
  const why = reasonText(reason);
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex" style={{ verticalAlign: "bottom" }}>
      <Shape
        size={16}
        stroke={2.2}
        color={colourOf(status)}
        aria-hidden
        className={status === "running" ? classes.turning : classes.still}
      />
      <Text span inherit>
        {label}
        {withReason && why !== null && (
          <Text span inherit c="dimmed">
            : {why}
          </Text>
        )}
      </Text>
    </Group>
  );
}
