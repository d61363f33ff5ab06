/** What the beat saw when it decided. */
import { Badge, Group, Stack, Text } from "@mantine/core";

import type { BeatDetail } from "../../api/types";
import { PlainText } from "../../ui/PlainText";
import { Section } from "../../ui/Section";
import { Fold } from "../../ui/Fold";
import { seenOf } from "./row";

export function Seen({ beat }: { beat: BeatDetail }) {
  const seen = seenOf(beat);
  if (seen === null) return null;
  const fresh = seen.filter((item) => item.fresh).length;
  return (
    <Section title="What it saw">
      {seen.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing: no posts, comments or messages.
        </Text>
      ) : (
        <Fold title={`${seen.length} ${seen.length === 1 ? "item" : "items"}, ${fresh} of them new`}>
          <Stack gap="sm">
            {seen.map((item, place) => (
              <div key={place}>
                <Group gap="xs">
                  <Text size="sm" fw={600}>
                    {item.kind} {item.id}
                  </Text>
                  <Text size="sm" c="dimmed">
                    by {item.own ? "the agent itself" : item.author}
                  </Text>
                  {item.fresh && (
                    <Badge variant="default" size="sm" tt="none">
                      new
                    </Badge>
                  )}
                </Group>
                {item.title !== "" && (
                  <PlainText size="sm" fw={600}>
                    {item.title}
                  </PlainText>
                )}
                <PlainText size="sm">{item.content}</PlainText>
              </div>
            ))}
          </Stack>
        </Fold>
      )}
    </Section>
  );
}
