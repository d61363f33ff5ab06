/** Why an answer was not used; renders nothing if it was. */
import { Text } from "@mantine/core";

import { sentence } from "../../api/problem";

export function Unused({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <Text size="sm" c="var(--mantine-color-error)" role="alert">
      Your answer was not used: {sentence(error)}
    </Text>
  );
}
