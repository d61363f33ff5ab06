/** What a beat found of each rule of its plan: which one it chose, and why each other was due or not. */
import { List, Text } from "@mantine/core";

import type { BeatDetail } from "../../api/types";
import { Section } from "../../ui/Section";
import { ruleText } from "./rule";

export function Rules({ beat }: { beat: BeatDetail }) {
  if (beat.rules.length === 0) return null;
  return (
    <Section title="The rules of its plan">
      <List size="sm" spacing={6}>
        {beat.rules.map((rule) => (
          <List.Item key={rule.id} aria-current={rule.chosen || undefined}>
            <Text span size="sm" fw={rule.chosen ? 650 : undefined}>
              {ruleText(rule)}
            </Text>
            <Text size="sm" c="dimmed">
              {rule.text}
            </Text>
          </List.Item>
        ))}
      </List>
    </Section>
  );
}
