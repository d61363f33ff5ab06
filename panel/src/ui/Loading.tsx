/** Placeholder lines for content that is being loaded. */
import { Skeleton, Stack, VisuallyHidden } from "@mantine/core";

interface Props {
  lines?: number;
  height?: number;
}

export function Loading({ lines = 3, height = 28 }: Props) {
  return (
    <Stack gap="sm" role="status">
      <VisuallyHidden>Loading</VisuallyHidden>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={height} radius="sm" />
      ))}
    </Stack>
  );
}
