/** HEARTBEAT.md: the standing instructions, of the workspace or of one thread. */
import { Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";

import { Page } from "../../ui/Page";
import { Chooser } from "./Chooser";
import { Own } from "./Own";
import { Workspace } from "./Workspace";

const route = getRouteApi("/shell/instructions");

export function InstructionsPage() {
  const { thread = null } = route.useSearch();
  return (
    <Page title="HEARTBEAT.md" actions={<Chooser thread={thread} />}>
      <Text size="sm" c="dimmed" maw="70ch">
        The standing instructions in your own words. The agent reads them at every beat; what you save counts from the
        next one on.
      </Text>
      {/* The keys give each text its own editor with its own unsaved changes. */}
      {thread === null ? <Workspace key="workspace" /> : <Own key={thread} thread={thread} />}
    </Page>
  );
}
