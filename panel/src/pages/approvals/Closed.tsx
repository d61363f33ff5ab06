/** Said in a form whose beat no longer waits. */
import { Text } from "@mantine/core";

export function Closed() {
  return (
    <Text size="sm" role="alert">
      The beat no longer waits, so this cannot be sent. It stays here until you cancel, so that you can copy it.
    </Text>
  );
}
