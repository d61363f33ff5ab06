/** Until when an action waits for approval, and what its thread does meanwhile. */
import { Text } from "@mantine/core";

import type { Beat } from "../../api/types";
import { Countdown } from "../../ui/Countdown";

export function Until({ beat }: { beat: Pick<Beat, "expires_at" | "meanwhile"> }) {
  return (
    <Text size="sm" c="dimmed">
      {beat.expires_at !== null && (
        <>
          Expires <Countdown to={beat.expires_at} over="now" />.{" "}
        </>
      )}
      {beat.meanwhile}
    </Text>
  );
}
