/** A banner that is shown while a connection to the owner is down: what was told may not have arrived. */
import { Alert } from "@mantine/core";
import { IconMessageOff } from "@tabler/icons-react";

import { useConnections } from "../api/connections";
import { Instant } from "../ui/Instant";
import { LinkText } from "../ui/links";
import { ownerDown } from "./ownerDown";

export function DownBanner() {
  const { data } = useConnections();
  const down = ownerDown(data?.items ?? []);
  const [first] = down;
  if (!first) return null;
  return (
    <Alert
      color="red"
      variant="outline"
      mb="md"
      title={down.length === 1 ? `${first.name} does not reach you` : `${down.length} connections do not reach you`}
      icon={<IconMessageOff aria-hidden />}
    >
      {down.length === 1 ? "It went down" : `${down.map(({ name }) => name).join(", ")}: the first went down`}{" "}
      <Instant at={first.down_since} />. What agents tell you is on the Overview in any case.{" "}
      <LinkText to="/world" inherit underline="always">
        See what is wrong
      </LinkText>
    </Alert>
  );
}
