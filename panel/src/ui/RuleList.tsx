/** What was found of each rule of a plan: which one is followed, and why each other is due or not. */
import { List, Text } from "@mantine/core";

import { type FoundRule, ruleText } from "./rule";

interface Props {
  rules: readonly FoundRule[];
  /** What became of the one that is followed, such as "was chosen". */
  chosen: string;
}

export function RuleList({ rules, chosen }: Props) {
  return (
    <List size="sm" spacing={6}>
      {rules.map((rule) => (
        <List.Item key={rule.id} aria-current={rule.chosen || undefined}>
          <Text span size="sm" fw={rule.chosen ? 650 : undefined}>
            {ruleText(rule, chosen)}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {rule.text}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}
