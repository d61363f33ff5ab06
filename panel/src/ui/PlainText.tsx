/** Text of the forum, the model or HEARTBEAT.md, never rendered as HTML; line breaks are kept. */
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
