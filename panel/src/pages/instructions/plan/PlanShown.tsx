/** The plan of the text in the editor: of the saved one, or what is kept of one that is not; and the form over it. */
import { Stack, Text } from "@mantine/core";
import { useState } from "react";

import type { TaggedPlan } from "../../../api/plan";
import type { Plan } from "../../../api/types";
import { Loading } from "../../../ui/Loading";
import { Problem } from "../../../ui/Problem";
import { Correcting } from "./Correcting";
import type { PlanLine } from "./lines";
import { PlanSection } from "./PlanSection";

interface Props {
  thread: string | null;
  /** The plan of the text as it is saved. */
  saved: TaggedPlan | undefined;
  /** What is kept of a text that is not saved; undefined where nothing was changed. */
  unsaved: Plan | undefined;
  error: Error | null;
  again: () => void;
  /** Null where there is no editor to move in. */
  onLine: ((line: number) => void) | null;
}

export function PlanShown({ thread, saved, unsaved, error, again, onLine }: Props) {
  const [correcting, setCorrecting] = useState<PlanLine | null>(null);
  const plan = unsaved ?? saved?.plan;
  const etag = unsaved === undefined ? (saved?.etag ?? null) : null;
  if (plan === undefined)
    return error ? <Problem error={error} title="The plan cannot be shown" again={again} /> : <Loading lines={6} height={18} />;
  return (
    <Stack gap="md">
      {unsaved !== undefined && (
        <Text size="sm">Not saved yet: lines that were changed are read once they are saved.</Text>
      )}
      <PlanSection thread={thread} plan={plan} etag={etag} onLine={onLine} onCorrect={setCorrecting} />
      <Correcting thread={thread} plan={plan} etag={etag} line={correcting} onClose={() => setCorrecting(null)} />
    </Stack>
  );
}
