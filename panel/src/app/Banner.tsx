/** A banner that is shown while the service, or a connection to the owner, cannot be reached. */
import { Alert } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { stale } from "../api/queries";
import { useReachable } from "../api/reach";
import { DownBanner } from "./DownBanner";

export function Banner() {
  const reachable = useReachable();
  const queries = useQueryClient();
  const before = useRef(reachable);
  useEffect(() => {
    // Queries may have failed and events may have been missed meanwhile.
    if (reachable && !before.current) void stale(queries);
    before.current = reachable;
  }, [reachable, queries]);
  return (
    <div role="status">
      {reachable ? (
        <DownBanner />
      ) : (
        <Alert
          color="red"
          variant="outline"
          mb="md"
          title="The service cannot be reached"
          icon={<IconPlugConnectedX aria-hidden />}
        >
          What you see may be old. The page tries again by itself; if it stays like this, see whether heartbeat serve
          still runs.
        </Alert>
      )}
    </div>
  );
}
