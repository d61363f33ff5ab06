/** The page of one beat: its path through the graph, its outcome and reason, and its details. */
import { Badge, Group, Paper, Stack, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";

import { useBeat } from "../../api/beats";
import { useDrawing } from "../../api/graph";
import type { BeatDetail } from "../../api/types";
import { useNodes } from "../../live/nodes";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import { Loading } from "../../ui/Loading";
import { Outcome } from "../../ui/Outcome";
import { Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { secondsText } from "../../ui/times";
import { Until } from "../approvals/Until";
import { Actions } from "./Actions";
import classes from "./Beat.module.css";
import { Facts } from "./Facts";
import { Graph } from "./Graph";
import { pathOf } from "./nodePath";
import { Rounds } from "./Rounds";
import { Rules } from "./Rules";
import { Seen } from "./Seen";
import { Steps } from "./Steps";
import { whyText } from "./why";

const route = getRouteApi("/shell/beats/$beatId");

export function BeatPage() {
  const { beatId } = route.useParams();
  const { data: beat, error, refetch } = useBeat(Number(beatId));
  return (
    <Page title={`Beat ${beatId}`}>
      {beat ? (
        <Shown beat={beat} />
      ) : error ? (
        <Problem error={error} again={() => void refetch()} />
      ) : (
        <Loading lines={8} />
      )}
    </Page>
  );
}

function Shown({ beat }: { beat: BeatDetail }) {
  return (
    <Stack gap="md">
      <Summary beat={beat} />
      <div className={classes.columns}>
        <Way beat={beat} />
        <div className={classes.stack}>
          <Actions beat={beat} />
          <Rules beat={beat} />
          <Rounds beat={beat} />
          <Seen beat={beat} />
          <Facts beat={beat} />
        </div>
      </div>
    </Stack>
  );
}

function Summary({ beat }: { beat: BeatDetail }) {
  return (
    <Paper withBorder p="md">
      <Stack gap={6}>
        <Group gap="sm">
          <Text fw={650} component="div" role="status">
            <Outcome status={beat.status} reason={beat.reason} withReason />
          </Text>
          {beat.private && (
            <Badge variant="outline" color="gray" title="It looked at something that only you may see">
              private
            </Badge>
          )}
          <Text size="sm" c="dimmed">
            thread{" "}
            <LinkText to="/threads/$threadId" params={{ threadId: beat.thread_id }} inherit>
              {beat.thread_id}
            </LinkText>
            , {beat.trigger}
            {beat.dry_run && ", dry run"}, <Instant at={beat.started_at} />
            {beat.duration_seconds !== null && `, took ${secondsText(beat.duration_seconds)}`}
          </Text>
        </Group>
        <Text className={classes.why}>{whyText(beat)}</Text>
        {beat.status === "awaiting_approval" && <Until beat={beat} />}
      </Stack>
    </Paper>
  );
}

function Way({ beat }: { beat: BeatDetail }) {
  const heard = useNodes(beat.id);
  const path = useMemo(() => pathOf(beat, heard), [beat, heard]);
  const drawing = useDrawing();
  return (
    <div className={classes.stack}>
      <Section title="The way it took">
        {drawing.data ? (
          <Graph drawing={drawing.data} path={path} />
        ) : drawing.error ? (
          <Problem error={drawing.error} again={() => void drawing.refetch()} />
        ) : (
          <Loading lines={7} height={56} />
        )}
      </Section>
      <Section title="Its steps in words">
        <Steps path={path} />
      </Section>
    </div>
  );
}
