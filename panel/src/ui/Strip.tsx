/** The last beats of a thread, the newest at the right; colour and height of each mark show its outcome. */
import type { BeatStatus } from "../api/types";
import classes from "./Strip.module.css";
import { colourOf, outcomeText } from "./outcomes";
import { summary } from "./summary";

interface Mark {
  id: number;
  status: string;
  reason: string | null;
}

interface Props {
  /** The newest first. */
  beats: readonly Mark[];
}

const LOW: ReadonlySet<string> = new Set<BeatStatus>(["none", "skipped"]);

export function Strip({ beats }: Props) {
  return (
    <span className={classes.strip} role="img" aria-label={summary(beats.map((beat) => beat.status))}>
      {beats.toReversed().map((beat) => (
        <span
          key={beat.id}
          className={classes.mark}
          data-outcome={beat.status}
          data-low={LOW.has(beat.status) || undefined}
          style={{ "--mark": colourOf(beat.status) } as React.CSSProperties}
          title={`Beat ${beat.id}: ${outcomeText(beat.status, beat.reason)}`}
        />
      ))}
    </span>
  );
}
