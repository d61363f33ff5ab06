/** Groups the slots of a day into lines, and bands of slots that are too close to be drawn as lines. */

/** Minutes; on a narrow page a day is about 340 pixels wide, and closer lines would touch. */
const CLOSE = 10;

interface Drawn {
  lines: number[];
  /** The first and the last slot of each run of close ones. */
  bands: [number, number][];
}

/** Group the minutes of a day, which are in order, into lines and bands. */
export function apart(minutes: readonly number[]): Drawn {
  const runs: number[][] = [];
  for (const minute of minutes) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    // When clocks are put back, the same minutes come twice.
    if (run && before !== undefined && minute >= before && minute - before < CLOSE) run.push(minute);
    else runs.push([minute]);
  }
  return {
    lines: runs.filter((run) => run.length === 1).flat(),
    bands: runs.filter((run) => run.length > 1).map((run) => [run[0] ?? 0, run.at(-1) ?? 0]),
  };
}
