/** Offers to connect something, until something is connected. */
import { Text } from "@mantine/core";
import { useState } from "react";

import { useConnections } from "../../api/connections";
import { LinkText } from "../../ui/links";
import { Section } from "../../ui/Section";
import { AddConnection } from "../world/AddConnection";

export const WHAT =
  "Your mails, a folder of notes, a calendar or a feed, which the agent looks at; your phone, where it tells you what it found.";

/** Shown beside threads; the first run has a step for it. */
export function Connect() {
  // Faults are shown on the page of the world.
  const { data } = useConnections();
  // With the first connection the dialog goes on: it asks which threads look at it.
  const [busy, setBusy] = useState(false);
  const isNothing = data?.items.length === 0 && data.problem === null;
  if (!isNothing && !busy) return null;
  return (
    <Section title="Nothing is connected yet" actions={<AddConnection onBusy={setBusy} />}>
      <Text size="sm" c="dimmed">
        {WHAT} It can come later too, on the page{" "}
        <LinkText to="/world" size="sm">
          World
        </LinkText>
        .
      </Text>
    </Section>
  );
}
