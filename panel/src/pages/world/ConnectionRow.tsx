/** One connection. */
import { Badge, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconPlugConnectedX, type Icon } from "@tabler/icons-react";

import { useLook } from "../../api/connections";
import type { Connection, ConnectionState } from "../../api/types";
import { reachText } from "../../ui/deliveries";
import { isLookedAt } from "../../ui/inbox";
import { Instant } from "../../ui/Instant";
import { straight } from "../../ui/straight";
import { spanText } from "../config/spans";
import { EditConnection } from "./EditConnection";
import { LookAnswer, LookButton } from "./Looking";
import { RemoveConnection } from "./RemoveConnection";
import { TestConnection } from "./TestConnection";
import { Unused } from "./Unused";
import classes from "./World.module.css";

const STATES: Record<ConnectionState, { label: string; icon: Icon; colour: string }> = {
  ok: { label: "ready", icon: IconCheck, colour: "var(--outcome-acted)" },
  failing: { label: "did not get through", icon: IconAlertTriangle, colour: "var(--outcome-rejected)" },
  faulty: { label: "not used", icon: IconPlugConnectedX, colour: "var(--outcome-failed)" },
};

export function ConnectionRow({ connection }: { connection: Connection }) {
  const { name, kind, leads_to, origin, hidden, problem, state } = connection;
  // What is only looked at is given nothing that anybody could see.
  const reach = connection.target || kind === "apprise" ? reachText(connection.reach) : null;
  const looking = useLook(name);
  const isLooked = isLookedAt(connection);
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
          {isLooked && connection.private && (
            <Badge variant="outline" tt="none" color="gray" c="var(--mantine-color-text)">
              private
            </Badge>
          )}
          {connection.down_since !== null ? <Down since={connection.down_since} /> : <State state={state} label={connection.failing_since === null ? undefined : "the last look failed"} />}
        </Group>
        <Text size="sm" c="dimmed">
          {leads_to === "" ? kind : `${kind}: ${leads_to}`}, {originText(origin)}
          {connection.last_sent !== null && (
            <>
              , last arrived <Instant at={connection.last_sent} />
            </>
          )}
        </Text>
        {isLooked && <Looks connection={connection} />}
        {problem !== null && <Text size="sm">{straight(problem)}</Text>}
        {hidden && <Text size="sm">connections.toml has one of this name, which is used in its place.</Text>}
        {kind === "folder" && state !== "faulty" && !connection.target && (
          <Text size="sm">It is only read. To let the agent note something there, set write = true in connections.toml.</Text>
        )}
        <LookAnswer looking={looking} />
      </div>
      <Group gap="xs" align="flex-start">
        {isLooked && <LookButton name={name} looking={looking} />}
        <TestConnection connection={connection} isOffered={state !== "faulty" && !hidden} />
        {origin === "row" && !hidden && <EditConnection connection={connection} />}
        {origin === "row" && <RemoveConnection name={name} isTarget={connection.target || kind === "apprise"} isLooked={isLooked} />}
      </Group>
    </li>
  );
}

/** When it was and will be looked at, what the last look left out, and which threads do it. */
function Looks({ connection }: { connection: Connection }) {
  const { name, every, last_look, next_look, left_out, held_back, unused } = connection;
  return (
    <>
      <Text size="sm" c="dimmed">
        {last_look === null ? (
          connection.failing_since === null ? "Not looked at yet" : "No look has succeeded yet"
        ) : (
          <>
            Looked at <Instant at={last_look} />
          </>
        )}
        {every !== null && `, every ${spanText(every)}`}
        {next_look !== null && (
          <>
            , next <Instant at={next_look} ahead />
          </>
        )}
        .
        {!unused &&
          (connection.private ? " Only threads that name it look at it." : " Threads look at it unless their config says otherwise.")}
      </Text>
      {held_back > 0 && <Text size="sm">{`${held_back} more of what it shows come with the next look.`}</Text>}
      {left_out !== null && <Text size="sm">{straight(left_out)}</Text>}
      {unused && <Unused name={name} />}
    </>
  );
}

interface StateProps {
  state: ConnectionState;
  /** In place of the usual one. */
  label?: string | undefined;
}

function State({ state, label = STATES[state].label }: StateProps) {
  const { icon: Shape, colour } = STATES[state];
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
  if (origin === "plugin") return "from a plug-in";
  return origin === "setting" ? "from the settings" : "added here";
}
