/** The tries of a delivery, the oldest first. */
import type { Try } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import { tryText } from "../../ui/deliveries";
import { Instant } from "../../ui/Instant";
import classes from "./World.module.css";

export function Tries({ tries }: { tries: readonly Try[] }) {
  return (
    <ol className={classes.tries}>
      {tries.map(({ at, ended, said, search }) => (
        <li key={at}>
          <Instant at={at} /> it {tryText(ended, search)}
          {said !== "" && <>: {asWritten(said)}</>}
        </li>
      ))}
    </ol>
  );
}
