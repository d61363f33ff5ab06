/** Looking at a connection by hand: the button, and what the look came to. */
import { Button } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";

import type { Looked } from "../../api/types";
import { Problem } from "../../ui/Problem";
import { TestResult } from "./TestResult";

export type Looking = UseMutationResult<Looked, Error, void>;

/** It is not disabled meanwhile, which would take the keyboard's focus from it. */
export function LookButton({ name, looking }: { name: string; looking: Looking }) {
  return (
    <Button
      size="xs"
      variant="default"
      aria-label={`Look now at ${name}`}
      aria-busy={looking.isPending}
      onClick={() => {
        if (!looking.isPending) looking.mutate();
      }}
    >
      Look now
    </Button>
  );
}

export function LookAnswer({ looking }: { looking: Looking }) {
  return (
    <>
      <TestResult result={looking.data} waiting={looking.isPending ? "Looking…" : null} />
      {looking.error && <Problem error={looking.error} />}
    </>
  );
}
