/** When a thread's next scheduled beat is, or what prevents it, in a few words. */
import type { Thread } from "../api/types";
import { useNow } from "./clock";
import { Countdown } from "./Countdown";
import { ownName } from "./ownName";
import { type Standing, standingOf, type Timer } from "./standing";

const MINUTE = 60_000;

interface Props {
  thread: Thread;
  timer: Timer | undefined;
}

export function NextBeat({ thread, timer }: Props) {
  const now = useNow(MINUTE);
  const waiting = thread.approvals.length;
  const standing = standingOf(thread, timer, now);
  return (
    <>
      <Next thread={thread} standing={standing} />
      {waiting > 0 && standing.name !== "awaiting_approval" && ` · ${waiting} ${waiting === 1 ? "waits" : "wait"} for your approval`}
    </>
  );
}

function Next({ thread, standing: { name, until } }: { thread: Thread; standing: Standing }) {
  switch (name) {
    case "paused":
      return <>paused: {thread.paused_reason ?? "by hand"}</>;
    case "refused":
      return <>its config is refused: {thread.config_problem}</>;
    case "disabled":
      return <>off: only by hand</>;
    case "timer_stopped":
      return <>waits: the timer is stopped</>;
    case "timer_silent":
      return <>waits: no timer runs</>;
    case "awaiting_approval":
      return <>waits for your approval</>;
    case "budget_exhausted":
      return <>budget spent{until !== null && <>, free again {<Countdown to={until} over="now" />}</>}</>;
    case "quiet":
      return <>quiet{until !== null && <>, active {<Countdown to={until} over="now" />}</>}</>;
    case "beating":
      return thread.next_due === null ? <>nothing due</> : <>next {<Countdown to={thread.next_due} over="now" />}</>;
    default:
      return <>{ownName(name)}</>;
  }
}
