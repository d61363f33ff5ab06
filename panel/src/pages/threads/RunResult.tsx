/** The result of a beat that was run by hand. */
import { Alert, CloseButton, Group, Text } from "@mantine/core";
import { IconHeartbeat } from "@tabler/icons-react";

import { useBeat } from "../../api/beats";
import type { useRunNow } from "../../api/threads";
import type { Beat } from "../../api/types";
import { LinkText } from "../../ui/links";
import { Outcome } from "../../ui/Outcome";
import { PlainText } from "../../ui/PlainText";
import { Problem } from "../../ui/Problem";
import { secondsText } from "../../ui/times";
import classes from "./Thread.module.css";

export function RunResult({ run }: { run: ReturnType<typeof useRunNow> }) {
  return (
    <div role="status" className={classes.result}>
      {run.isPending && (
        <Alert variant="outline" icon={<IconHeartbeat aria-hidden />} title="It beats">
          A beat takes as long as the model needs to answer.
        </Alert>
      )}
      {run.error && <Problem error={run.error} title="There was no beat" />}
      {run.data && <Result answered={run.data} onClose={() => run.reset()} />}
    </div>
  );
}

function Result({ answered, onClose }: { answered: Beat; onClose: () => void }) {
  // If the beat takes longer than the call waits, it is watched until its end.
  const later = useBeat(answered.id, answered.status === "running");
  const beat = later.data ?? answered;
  return (
    <Alert variant="outline" icon={<IconHeartbeat aria-hidden />} title={`Beat ${beat.id}`}>
      <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Text size="sm" component="div">
            <Outcome status={beat.status} reason={beat.reason} withReason />
            {typeof beat.duration_seconds === "number" && (
              <Text span size="sm" c="dimmed">
                {" "}
                after {secondsText(beat.duration_seconds)}
              </Text>
            )}
          </Text>
          <PlainText size="sm">{beat.summary}</PlainText>
          <LinkText to="/beats/$beatId" params={{ beatId: String(beat.id) }} size="sm">
            See the whole beat
          </LinkText>
        </div>
        <CloseButton aria-label="Close the result" onClick={onClose} />
      </Group>
    </Alert>
  );
}
