/** The item that the action answers or votes on, as the beat saw it. */
import { Paper, Text } from "@mantine/core";

import type { BeatDetail } from "../../api/types";
import { Instant } from "../../ui/Instant";
import { PlainText } from "../../ui/PlainText";
import { type Proposal, seenOf } from "./proposal";

export function Answers({ beat, proposal }: { beat: BeatDetail; proposal: Proposal }) {
  const seen = seenOf(beat, proposal.item);
  if (seen === null) return null;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {proposal.own !== null ? "What it is about" : proposal.kind === "vote" ? "What it votes on" : "What it answers"}
      </Text>
      <Paper px="sm" py={4} radius={0} style={{ borderInlineStart: "3px solid var(--mantine-color-default-border)" }}>
        {seen.title !== "" && <PlainText size="sm" fw={600}>{seen.title}</PlainText>}
        <PlainText size="sm">{seen.content}</PlainText>
        <Text size="xs" c="dimmed" mt={4}>
          {seen.kind} {seen.id} by {seen.author}
          {seen.own && " (the agent)"}, <Instant at={seen.createdAt} none="some time ago" />
        </Text>
      </Paper>
    </div>
  );
}
