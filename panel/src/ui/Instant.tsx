/** An instant as relative time, with the exact time in the viewer's zone as title. */
import { useSaid } from "./clock";
import { exactText, relativeText } from "./times";

interface Props {
  at: string | null | undefined;
  /** The text if there is no instant. */
  none?: string;
}

export function Instant({ at, none = "never" }: Props) {
  if (at === null || at === undefined) return <span>{none}</span>;
  return <Ago at={at} />;
}

function Ago({ at }: { at: string }) {
  const instant = Date.parse(at);
  const said = useSaid((now) => relativeText(instant, now));
  return (
    <time dateTime={at} title={exactText(instant)}>
      {said}
    </time>
  );
}
