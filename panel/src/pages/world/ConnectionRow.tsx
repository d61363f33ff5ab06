/** One connection. */
import { Badge, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconPlugConnectedX, type Icon } from "@tabler/icons-react";

import type { Connection, ConnectionState } from "../../api/types";
import { reachText } from "../../ui/deliveries";
import { Instant } from "../../ui/Instant";
import { EditConnection } from "./EditConnection";
import { RemoveConnection } from "./RemoveConnection";
import { TestConnection } from "./TestConnection";
import classes from "./World.module.css";

const STATES: Record<ConnectionState, { label: string; icon: Icon; colour: string }> = {
  ok: { label: "ready", icon: IconCheck, colour: "var(--outcome-acted)" },
  failing: { label: "did not get through", icon: IconAlertTriangle, colour: "var(--outcome-rejected)" },
  faulty: { label: "not used", icon: IconPlugConnectedX, colour: "var(--outcome-failed)" },
};

export function ConnectionRow({ connection }: { connection: Connection }) {
  const { name, kind, leads_to, origin, hidden, problem, state } = connection;
  const reach = reachText(connection.reach);
  return (
    <li className={classes.row} aria-label={name}>
      <div className={classes.what}>
        <Group gap="xs">
          <Text fw={600} span>
            {name}
          </Text>
          {reach !== null && (
            <Badge variant="outline" tt="none" color={connection.reach === "public" ? "orange" : "gray"} c="var(--mantine-color-text)">
              {reach}
            </Badge>
          )}
          {connection.down_since !== null ? <Down since={connection.down_since} /> : <State state={state} />}
        </Group>
        <Text size="sm" c="dimmed">
          {leads_to === "" ? kind : `${kind}: ${leads_to}`}, {originText(origin)}
          {connection.last_sent !== null && (
            <>
              , last arrived <Instant at={connection.last_sent} />
            </>
          )}
        </Text>
        {problem !== null && <Text size="sm">{problem}</Text>}
        {hidden && <Text size="sm">connections.toml has one of this name, which is used in its place.</Text>}
        {kind === "folder" && state !== "faulty" && !connection.target && (
          <Text size="sm">It is only read. To let the agent note something there, set write = true in connections.toml.</Text>
        )}
      </div>
      <Group gap="xs" align="flex-start">
        {state !== "faulty" && !hidden && <TestConnection connection={connection} />}
        {origin === "row" && !hidden && <EditConnection connection={connection} />}
        {origin === "row" && <RemoveConnection name={name} />}
      </Group>
    </li>
  );
}

function State({ state }: { state: ConnectionState }) {
  const { label, icon: Shape, colour } = STATES[state];
  return (
    <Group gap={6} wrap="nowrap" component="span">
      <Shape size={16} stroke={2.2} color={colour} aria-hidden />
      <Text span size="sm">
        {label}
      </Text>
    </Group>
  );
}

function Down({ since }: { since: string }) {
  return (
    <Group gap={6} wrap="nowrap" component="span">
      <IconPlugConnectedX size={16} stroke={2.2} color="var(--outcome-failed)" aria-hidden />
      <Text span size="sm">
        went down <Instant at={since} />
      </Text>
    </Group>
  );
}

function originText(origin: Connection["origin"]): string {
  if (origin === "file") return "from connections.toml";
  return origin === "setting" ? "from the settings" : "added here";
}
