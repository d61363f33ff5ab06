/** The alert for an error: the service's message, and a button to try again, but not for what does not exist. */
import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";

import { ProblemError, sentence } from "../api/problem";

interface Props {
  error: unknown;
  title?: string;
  again?: (() => void) | undefined;
}

export function Problem({ error, title = "That did not work", again }: Props) {
  const missing = error instanceof ProblemError && error.status === 404;
  return (
    <Alert color="red" variant="outline" title={title} icon={<IconAlertCircle aria-hidden />} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {sentence(error)}
        </Text>
        {again && !missing && (
          <Button size="xs" variant="default" onClick={again}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
