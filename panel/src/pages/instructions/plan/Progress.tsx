/** How far the lines are read, and what is in the way. */
import { Alert, Progress as Bar, Stack, Text } from "@mantine/core";

import type { Plan } from "../../../api/types";

interface Props {
  plan: Plan;
}

export function Progress({ plan: { reading } }: Props) {
  const { read, of, running, model, problem } = reading;
  if (read >= of && problem === null) return null;
  const said = `${read} of ${of} ${of === 1 ? "line is" : "lines are"} read`;
  return (
    <Stack gap={6}>
      <Text size="sm" role="status">
        {said}
        {running && model !== null && ` (${model} reads)`}
      </Text>
      {read < of && <Bar value={of === 0 ? 100 : (100 * read) / of} size="sm" animated={running} aria-label={said} />}
      {problem !== null && (
        <Alert color="yellow" variant="outline" title="The lines cannot be read now">
          <Text size="sm">{problem}</Text>
        </Alert>
      )}
    </Stack>
  );
}
