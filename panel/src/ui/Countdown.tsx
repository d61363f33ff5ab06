/** The time left until an instant, updated every second. */
import { useMemo } from "react";

import { useSaid } from "./clock";
import { durationText, exactText } from "./times";

interface Props {
  to: string;
  /** The text when the instant has passed. */
  over?: string;
}

export function Countdown({ to, over = "due" }: Props) {
  const instant = Date.parse(to);
  const said = useSaid((now) => (instant <= now ? over : `in ${durationText(instant - now)}`));
  // Formatting a date is expensive, and this renders every second.
  const title = useMemo(() => exactText(instant), [instant]);
  return (
    <time dateTime={to} title={title} style={{ fontVariantNumeric: "tabular-nums" }}>
      {said}
    </time>
  );
}
