/** A text that is typed here and kept elsewhere: it is passed on once typing pauses, and follows what is kept. */
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";

const PAUSE = 350;

export function useTyped(kept: string, keep: (text: string) => void) {
  const [value, setValue] = useState(kept);
  const [seen, setSeen] = useState(kept);
  const later = useDebouncedCallback((text: string) => keep(text.trim()), PAUSE);
  if (kept !== seen) {
    // Changed from elsewhere, as by a step back; what is being typed is not overwritten by its own echo.
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
