/** An instant: how long ago, with the exact time in the viewer's zone as title. */
import { useNow } from "./clock";
import { exactText, relativeText } from "./times";

interface Props {
  at: string | null | undefined;
  /** What stands there where there is none. */
  none?: string;
}

export function Instant({ at, none = "never" }: Props) {
  const now = useNow();
  if (at === null || at === undefined) return <span>{none}</span>;
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={exactText(instant)}>
      {relativeText(instant, now)}
    </time>
  );
}
