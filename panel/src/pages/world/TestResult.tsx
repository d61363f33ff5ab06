/** What came of a test of a connection; announced to screen readers. */
import { Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";

import type { Trial } from "../../api/types";

interface Props {
  result: Trial | undefined;
  /** What is said until there is a result. */
  waiting?: string | null;
}

export function TestResult({ result, waiting = null }: Props) {
  const Shape = result?.ok ? IconCheck : IconAlertTriangle;
  return (
    <div role="status">
      {waiting !== null && <Text size="sm">{waiting}</Text>}
      {result && (
        <Group gap={6} wrap="nowrap" align="flex-start">
          <Shape
            size={16}
            stroke={2.2}
            color={`var(--outcome-${result.ok ? "acted" : "failed"})`}
            aria-hidden
            style={{ flex: "none", marginTop: 3 }}
          />
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {result.said}
          </Text>
        </Group>
      )}
    </div>
  );
}
