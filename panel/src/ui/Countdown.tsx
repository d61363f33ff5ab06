/** How long it is until an instant, to the second. */
import { useMemo } from "react";

import { useSaid } from "./clock";
import { durationText, exactText } from "./times";

interface Props {
  to: string;
  /** What stands there when it is over. */
  over?: string;
}

export function Countdown({ to, over = "due" }: Props) {
  const instant = Date.parse(to);
  const said = useSaid((now) => (instant <= now ? over : `in ${durationText(instant - now)}`));
  // A format of a date is dear, and this is drawn each second.
  const title = useMemo(() => exactText(instant), [instant]);
  return (
    <time dateTime={to} title={title} style={{ fontVariantNumeric: "tabular-nums" }}>
      {said}
    </time>
  );
}
