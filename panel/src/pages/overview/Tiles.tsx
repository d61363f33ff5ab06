/** The tiles with the state of the timer, the model, the beats and the approvals. */
import { Group, Paper, Text } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import { IconActivityHeartbeat, IconBrain, IconStack2, IconUserCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Status } from "../../api/types";
import { useNow } from "../../ui/clock";
import { Instant } from "../../ui/Instant";
import { LinkText } from "../../ui/links";
import classes from "./Overview.module.css";
import { modelsOf } from "./models";
import { timerOf } from "./timer";

const OK = "var(--outcome-acted)";
const BAD = "var(--outcome-failed)";
const WAITS = "var(--outcome-awaiting-approval)";
const CALM = "var(--mantine-color-dimmed)";

export function Tiles({ status }: { status: Status }) {
  return (
    <div className={classes.tiles}>
      <Timer status={status} />
      <Models models={status.models} />
      <Tile icon={IconStack2} colour={CALM} title="Threads" value={String(status.threads)}>
        {flightText(status)}
      </Tile>
      <Tile
        icon={IconUserCheck}
        colour={status.awaiting_approval > 0 ? WAITS : CALM}
        title="Approvals"
        value={status.awaiting_approval > 0 ? `${status.awaiting_approval} waiting` : "Nothing waits"}
      >
        {status.awaiting_approval > 0 ? (
          <LinkText to="/approvals" size="sm">
            Look at them
          </LinkText>
        ) : (
          "No beat waits for you"
        )}
      </Tile>
    </div>
  );
}

/** Return how many beats run and are due now. */
function flightText({ in_flight: flying, due }: Status): string {
  const beating = flying === 0 ? "None is beating now" : flying === 1 ? "1 is beating now" : `${flying} are beating now`;
  return due === 0 ? beating : `${beating}, ${due} due`;
}

function Timer({ status }: { status: Status }) {
  const now = useNow(10_000);
  const { value, said, well } = timerOf(status, now);
  return (
    <Tile
      icon={IconActivityHeartbeat}
      colour={well === null ? CALM : well ? OK : BAD}
      title="Timer"
      value={value}
    >
      {said}
      {said && ". "}
      Last tick: <Instant at={status.last_tick} />
    </Tile>
  );
}

function Models({ models }: { models: Status["models"] }) {
  const { well, value, said } = modelsOf(models);
  return (
    <Tile icon={IconBrain} colour={well ? OK : BAD} title={models.length > 1 ? "Models" : "Model"} value={value}>
      {said}
    </Tile>
  );
}

interface TileProps {
  icon: Icon;
  colour: string;
  title: string;
  value: string;
  children: ReactNode;
}

function Tile({ icon: Shape, colour, title, value, children }: TileProps) {
  return (
    <Paper component="section" withBorder p="md" aria-label={title}>
      <Group gap="xs" wrap="nowrap">
        <Shape size={18} color={colour} aria-hidden style={{ flex: "none" }} />
        <Text size="sm" c="dimmed">
          {title}
        </Text>
      </Group>
      <Text size="xl" fw={650} mt={4}>
        {value}
      </Text>
      <Text size="sm" c="dimmed" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </Paper>
  );
}
