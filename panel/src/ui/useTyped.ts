/** The state of a text field whose value is stored elsewhere: stored after a pause, and updated from outside. */
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";

const PAUSE = 350;

export function useTyped(kept: string, keep: (text: string) => void) {
  const [value, setValue] = useState(kept);
  const [seen, setSeen] = useState(kept);
  const later = useDebouncedCallback((text: string) => keep(text.trim()), PAUSE);
  if (kept !== seen) {
    // Changed from outside, for example by the back button. The stored copy of the typed text does not overwrite it.
    setSeen(kept);
    if (kept !== value.trim()) setValue(kept);
  }
  return {
    value,
    onChange: (text: string) => {
      setValue(text);
      later(text);
    },
  };
}
