/** The proposed action in full. */
import { Badge, Group, Paper, Stack, Text } from "@mantine/core";
import { IconArrowBigDown, IconArrowBigUp } from "@tabler/icons-react";

import { TargetLink } from "../../ui/ItemLink";
import { OwnFields } from "../../ui/OwnFields";
import { PlainText } from "../../ui/PlainText";
import type { Proposal } from "./proposal";

export function ActionShown({ proposal }: { proposal: Proposal }) {
  const { kind, title, content, own } = proposal;
  const words = kind === "tell" || kind === "note" ? proposal.text : content;
  return (
    <Paper p="sm" bg="var(--mantine-color-default-hover)" data-testid="proposal">
      <Stack gap={6}>
        <Group gap="xs" fz="sm">
          <Badge variant="default" tt="none">
            {kind}
          </Badge>
          <What proposal={proposal} />
        </Group>
        {kind === "post" && title !== "" && <PlainText fw={600}>{title}</PlainText>}
        {own !== null ? <OwnFields fields={own} /> : kind !== "vote" && <PlainText size="sm">{words}</PlainText>}
      </Stack>
    </Paper>
  );
}

function What({ proposal }: { proposal: Proposal }) {
  const { kind, board, direction, item, on, target, file, mode } = proposal;
  if (kind === "post") return <Text inherit>{board === "" ? `to ${target}` : `on the board ${board}`}</Text>;
  const about = item === null ? on : <TargetLink target={target} item={item} />;
  if (kind === "note")
    return (
      <Text inherit>
        {mode === "tick" ? "tick a box in" : "add a line to"} {file}
        {on !== "" && <> about {about}</>}
      </Text>
    );
  if (on === "") return null;
  if (kind === "tell") return <Text inherit>about {about}</Text>;
  const Shape = direction === "down" ? IconArrowBigDown : IconArrowBigUp;
  return (
    <Text inherit>
      {kind === "vote" && (
        <>
          <Shape size={16} aria-hidden style={{ verticalAlign: "text-bottom" }} /> {direction}{" "}
        </>
      )}
      on {about}
    </Text>
  );
}
