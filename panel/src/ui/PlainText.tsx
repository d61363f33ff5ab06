/** Text of the forum, the model or HEARTBEAT.md: always text, with its lines kept. */
import { Text, type TextProps } from "@mantine/core";

import { asWritten } from "./asWritten";

interface Props extends TextProps {
  children: string;
}

export function PlainText({ children, ...more }: Props) {
  return (
    <Text {...more} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
      {asWritten(children)}
    </Text>
  );
}
