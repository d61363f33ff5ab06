/** The connections, each with its state, what is wrong with it, and its buttons. */
import { Alert, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnected } from "@tabler/icons-react";

import { useConnections } from "../../api/connections";
import { Empty } from "../../ui/Empty";
import { Loading } from "../../ui/Loading";
import { Problem } from "../../ui/Problem";
import { Section } from "../../ui/Section";
import { AddConnection } from "./AddConnection";
import { ConnectionRow } from "./ConnectionRow";
import classes from "./World.module.css";

export function Connections() {
  const { data, error, refetch } = useConnections();
  return (
    <Section title="Connections" actions={<AddConnection />}>
      <Stack gap="sm">
        {data?.problem && (
          <Alert color="yellow" variant="outline" icon={<IconAlertTriangle aria-hidden />} title="Look at connections.toml">
            {data.problem}
          </Alert>
        )}
        {data ? (
          data.items.length === 0 ? (
            <Nothing />
          ) : (
            <ul className={classes.rows} aria-label="Connections">
              {data.items.map((each) => (
                <ConnectionRow key={`${each.name} ${each.origin}`} connection={each} />
              ))}
            </ul>
          )
        ) : error ? (
          <Problem error={error} again={() => void refetch()} />
        ) : (
          <Loading lines={3} height={56} />
        )}
      </Stack>
    </Section>
  );
}

function Nothing() {
  return (
    <Empty icon={IconPlugConnected} title="No connections yet">
      <Text size="sm" c="dimmed" maw={520}>
        A connection is one way to the outside: to look at your mails, a folder, a calendar or a feed, or to tell you
        something on your phone. Connect something here, or in connections.toml beside HEARTBEAT.md.
      </Text>
    </Empty>
  );
}
