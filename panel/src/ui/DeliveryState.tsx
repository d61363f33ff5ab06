/** The state of a delivery, or of an action that follows its deliveries: icon, colour, label, and reason. */
import { Group, Text } from "@mantine/core";

import { deliveryReason, lookOfDelivery } from "./deliveries";

interface Props {
  status: string;
  reason?: string | null;
}

export function DeliveryState({ status, reason = null }: Props) {
  const { label, icon: Shape, colour } = lookOfDelivery(status);
  const why = deliveryReason(reason);
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex" style={{ verticalAlign: "bottom" }}>
      <Shape size={16} stroke={2.2} color={colour} aria-hidden style={{ flex: "none" }} />
      <Text span inherit>
        {label}
        {why !== null && (
          <Text span inherit c="dimmed">
            : {why}
          </Text>
        )}
      </Text>
    </Group>
  );
}
