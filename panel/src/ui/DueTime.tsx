/** When an item is due: for an event its day and time, in the viewer's zone; what lasts all day is on its date. */
import { useSaid } from "./clock";
import { dateText, exactText, relativeText } from "./times";

interface Props {
  at: string;
  allDay: boolean;
}

export function DueTime({ at, allDay }: Props) {
  const instant = Date.parse(at);
  const away = useSaid((now) => (allDay ? "all day" : relativeText(instant, now, true)));
  return (
    <time dateTime={allDay ? at.slice(0, 10) : at} title={allDay ? undefined : exactText(instant)}>
      {dueText(instant, allDay)} ({away})
    </time>
  );
}

function dueText(instant: number, allDay: boolean): string {
  if (allDay) return dateText(instant);
  const day: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short" };
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(undefined, { ...day, ...time }).format(instant);
}
