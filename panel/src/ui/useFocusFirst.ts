/** Moves the focus into a step of a dialog when it appears, since the button that led to it is gone. */
import { type RefObject, useEffect, useRef } from "react";

/** Return a ref for the step; its first element with `data-autofocus` gets the focus. */
export function useFocusFirst<Of extends HTMLElement>(): RefObject<Of | null> {
  const step = useRef<Of>(null);
  useEffect(() => step.current?.querySelector<HTMLElement>("[data-autofocus]")?.focus(), []);
  return step;
}
