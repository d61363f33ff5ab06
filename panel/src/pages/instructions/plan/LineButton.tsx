/** A button that shows its content with a line number and moves the editor to that line. */
import { UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";

import classes from "../Instructions.module.css";

interface Props {
  /** Null for what is about no line. */
  at: number | null;
  onLine: (line: number) => void;
  children: ReactNode;
}

export function LineButton({ at, onLine, children }: Props) {
  if (at === null) return <div className={classes.line}>{children}</div>;
  return (
    <UnstyledButton className={classes.line} onClick={() => onLine(at)}>
      <span className={classes.number}>line {at}</span>
      <span className={classes.what}>{children}</span>
    </UnstyledButton>
  );
}
