/** What the action answers or votes on, as the beat saw it. */
import { Blockquote, Text } from "@mantine/core";

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
        {proposal.kind === "vote" ? "What it votes on" : "What it answers"}
      </Text>
      <Blockquote p="sm" radius="sm" color="gray" fz="sm" m={0}>
        {seen.title !== "" && <PlainText fw={600}>{seen.title}</PlainText>}
        <PlainText>{seen.content}</PlainText>
        <Text size="xs" c="dimmed" mt={4}>
          {seen.kind} {seen.id} by {seen.author}
          {seen.own && " (the agent)"}, <Instant at={seen.createdAt} none="some time ago" />
        </Text>
      </Blockquote>
    </div>
  );
}
