/** The buttons of a line or a message: correct it, say that it is right where that is not sure, and others. */
import { Button } from "@mantine/core";
import { type ReactNode, useRef } from "react";

import type { useCorrect } from "../../../api/plan";
import classes from "../Instructions.module.css";
import { asRead } from "./form";
import type { PlanLine } from "./lines";
import { marksOf, nameOf } from "./marks";

interface Props {
  line: PlanLine;
  etag: string;
  confirm: ReturnType<typeof useCorrect>;
  onCorrect: (line: PlanLine) => void;
  /** What is called the button that corrects. */
  action?: string;
  /** Further buttons, which come first. */
  children?: ReactNode;
}

export function RowButtons({ line, etag, confirm, onCorrect, action = "Correct", children }: Props) {
  const correct = useRef<HTMLButtonElement>(null);

  /** The button goes with the doubt, so the keyboard's focus goes to the one that stays. */
  function agree(): void {
    correct.current?.focus();
    if (!confirm.isPending) confirm.mutate({ line: line.id, etag, body: asRead(line) });
  }

  return (
    <div className={classes.buttons}>
      {children}
      {marksOf(line).includes("unsure") && (
        <Button
          size="compact-xs"
          variant="default"
          aria-busy={confirm.isPending}
          aria-label={nameOf("It is right:", line)}
          onClick={agree}
        >
          It is right
        </Button>
      )}
      <Button
        ref={correct}
        size="compact-xs"
        variant="default"
        aria-label={nameOf(action, line)}
        onClick={() => onCorrect(line)}
      >
        {action}
      </Button>
    </div>
  );
}
