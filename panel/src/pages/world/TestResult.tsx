/** What came of a test of a connection; announced to screen readers. */
import { Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";

import type { Trial } from "../../api/types";

export function TestResult({ result }: { result: Trial | undefined }) {
  const Shape = result?.ok ? IconCheck : IconAlertTriangle;
  return (
    <div role="status">
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
