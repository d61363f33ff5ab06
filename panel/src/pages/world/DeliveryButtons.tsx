/** What a person can say about a delivery: buttons for what its state allows. */
import { Button, Group, Stack } from "@mantine/core";

import { useSay } from "../../api/deliveries";
import type { Delivery } from "../../api/types";
import { choicesOf } from "../../ui/deliveries";
import { Problem } from "../../ui/Problem";

export function DeliveryButtons({ delivery }: { delivery: Delivery }) {
  const say = useSay(delivery.id);
  const choices = choicesOf(delivery);
  if (choices.length === 0 && !say.error) return null;
  return (
    <Stack gap="xs" maw={420}>
      <Group gap="xs">
        {choices.map(({ label, said }) => (
          <Button
            key={label}
            size="xs"
            variant="default"
            aria-label={`${label} (delivery ${delivery.id})`}
            loading={say.isPending && JSON.stringify(say.variables) === JSON.stringify(said)}
            onClick={() => say.mutate(said)}
          >
            {label}
          </Button>
        ))}
      </Group>
      {say.error && <Problem error={say.error} />}
    </Stack>
  );
}
