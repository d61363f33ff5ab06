/** How long it is until an instant, to the second. */
import { useNow } from "./clock";
import { durationText, exactText } from "./times";

interface Props {
  to: string;
  /** What stands there when it is over. */
  over?: string;
}

export function Countdown({ to, over = "due" }: Props) {
  const now = useNow();
  const instant = Date.parse(to);
  return (
    <time dateTime={to} title={exactText(instant)} style={{ fontVariantNumeric: "tabular-nums" }}>
      {instant <= now ? over : `in ${durationText(instant - now)}`}
    </time>
  );
}
