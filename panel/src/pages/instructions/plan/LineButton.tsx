/** A button that shows its content with a line number and moves the editor to that line. */
import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "../Instructions.module.css";

interface Props {
  /** Null for what is about no line. */
  at: number | null;
  /** Null where there is no editor to move in. */
  onLine: ((line: number) => void) | null;
  children: ReactNode;
}

export function LineButton({ at, onLine, children }: Props) {
  if (at === null) return <div className={classes.line}>{children}</div>;
  const shown = (
    <>
      <span className={classes.number}>line {at}</span>
      <span className={classes.what}>{children}</span>
    </>
  );
  if (onLine === null) return <div className={classes.line}>{shown}</div>;
  return (
    <UnstyledButton className={classes.line} onClick={() => onLine(at)}>
      {shown}
    </UnstyledButton>
  );
}
