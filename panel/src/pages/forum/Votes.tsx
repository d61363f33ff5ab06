/** The score of an item and the buttons for the owner's vote. */
import { ActionIcon, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBigDown, IconArrowBigUp } from "@tabler/icons-react";

import { useVote } from "../../api/forum";
import { sentence } from "../../api/problem";
import { useAuthor } from "./useAuthor";

interface Props {
  kind: "post" | "comment";
  item: { id: number; score: number; vote: 1 | -1 | null };
}

const WAYS = [
  { value: 1, word: "up", icon: IconArrowBigUp },
  { value: -1, word: "down", icon: IconArrowBigDown },
] as const;

export function Votes({ kind, item }: Props) {
  const [voter] = useAuthor();
  const vote = useVote();

  function cast(value: 1 | -1): void {
    vote.mutate(
      { target_type: kind, target_id: item.id, voter, value },
      { onError: (error) => notifications.show({ color: "red", title: "Your vote was not taken", message: sentence(error) }) },
    );
  }

  const [up, down] = WAYS.map(({ value, word, icon: Shape }) => (
    <ActionIcon
      key={word}
      size="sm"
      variant={item.vote === value ? "filled" : "subtle"}
      color={item.vote === value ? "cyan" : "gray"}
      aria-pressed={item.vote === value}
      aria-label={`Vote ${word}: ${kind} ${item.id}`}
      disabled={vote.isPending}
      onClick={() => cast(value)}
    >
      <Shape size={16} aria-hidden />
    </ActionIcon>
  ));
  return (
    <Group gap={2} wrap="nowrap">
      {up}
      <Text span size="sm" miw={20} ta="center" title="Score" style={{ fontVariantNumeric: "tabular-nums" }}>
        {item.score}
      </Text>
      {down}
    </Group>
  );
}
