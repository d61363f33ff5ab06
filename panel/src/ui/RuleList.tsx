/** What was found of each rule of a plan: which one is followed, and why each other is due or not. */
import { List, Text } from "@mantine/core";

import { type FoundRule, ruleText } from "./rule";

interface Props {
  rules: readonly FoundRule[];
}

export function RuleList({ rules }: Props) {
  return (
    <List size="sm" spacing={6}>
      {rules.map((rule) => (
        <List.Item key={rule.id} aria-current={rule.chosen || undefined}>
          <Text span size="sm" fw={rule.chosen ? 650 : undefined}>
            {ruleText(rule)}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {rule.text}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}
