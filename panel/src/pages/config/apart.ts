/** Which slots of a day can be drawn as lines of their own. */

/** Minutes: on a narrow page a day has some 340 pixels, so that closer lines would touch. */
const CLOSE = 10;

interface Drawn {
  lines: number[];
  /** From the first to the last slot of a run of close ones. */
  bands: [number, number][];
}

/** The minutes of a day, in order, as lines, and as bands where they lie closer than that. */
export function apart(minutes: readonly number[]): Drawn {
  const runs: number[][] = [];
  for (const minute of minutes) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    // Where clocks are put back, the same minutes come twice.
    if (run && before !== undefined && minute >= before && minute - before < CLOSE) run.push(minute);
    else runs.push([minute]);
  }
  return {
    lines: runs.filter((run) => run.length === 1).flat(),
    bands: runs.filter((run) => run.length > 1).map((run) => [run[0] ?? 0, run.at(-1) ?? 0]),
  };
}
