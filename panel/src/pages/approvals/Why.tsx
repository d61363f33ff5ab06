/** The model's reasoning. */
import { Text } from "@mantine/core";

import { PlainText } from "../../ui/PlainText";

export function Why({ text }: { text: string }) {
  if (text === "") return null;
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        Why, in the model’s words
      </Text>
      <PlainText size="sm">{text}</PlainText>
    </div>
  );
}
