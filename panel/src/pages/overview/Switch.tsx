/** The button that starts and stops the timer in every process. */
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";

import { sentence } from "../../api/problem";
import { useSwitch } from "../../api/status";

export function Switch({ running }: { running: boolean }) {
  const change = useSwitch();
  const Shape = running ? IconPlayerPause : IconPlayerPlay;
  return (
    <Button
      variant={running ? "default" : "filled"}
      leftSection={<Shape size={16} aria-hidden />}
      loading={change.isPending}
      onClick={() =>
        change.mutate(!running, {
          onError: (error) => notifications.show({ color: "red", title: "Nothing was switched", message: sentence(error) }),
        })
      }
    >
      {running ? "Stop the timer" : "Start the timer"}
    </Button>
  );
}
