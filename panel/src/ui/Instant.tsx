/** An instant as relative time, with the exact time in the viewer's zone as title. */
import { useSaid } from "./clock";
import { exactText, relativeText } from "./times";

interface Props {
  at: string | null | undefined;
  /** The text if there is no instant. */
  none?: string;
  /** Whether it is one that comes, not one that has been. */
  ahead?: boolean;
}

export function Instant({ at, none = "never", ahead = false }: Props) {
  if (at === null || at === undefined) return <span>{none}</span>;
  return <Ago at={at} ahead={ahead} />;
}

function Ago({ at, ahead }: { at: string; ahead: boolean }) {
  const instant = Date.parse(at);
  const said = useSaid((now) => relativeText(instant, now, ahead));
  return (
    <time dateTime={at} title={exactText(instant)}>
      {said}
    </time>
  );
}
