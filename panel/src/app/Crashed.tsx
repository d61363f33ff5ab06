/** Shown in place of a page that failed to render. */
import { Container } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";

import { Problem } from "../ui/Problem";

export function Crashed({ error, reset }: ErrorComponentProps) {
  return (
    <Container size="sm" py="xl">
      <Problem error={error} title="This page has failed" again={reset} />
    </Container>
  );
}
