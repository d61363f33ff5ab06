/** Asks for the token, and notices when a link has logged in meanwhile, also in another tab. */
import { Alert, Button, Code, PasswordInput, Stack, Text } from "@mantine/core";
import { type SubmitEvent, useEffect, useState } from "react";

import { sentence } from "../../api/problem";
import { useLogin, useSessionWatch } from "../../api/session";
import { isOutdated } from "../../app/link";

export function LoginForm({ onInside }: { onInside: () => void }) {
  const session = useSessionWatch();
  const login = useLogin();
  const [token, setToken] = useState("");
  const inside = session.data?.logged_in === true;

  useEffect(() => {
    if (inside) onInside();
  }, [inside, onInside]);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    event.stopPropagation();
    login.mutate(token);
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        {isOutdated() && (
          <Alert color="yellow" variant="outline" role="alert">
            The link that you opened does not hold the token any more; print a new one.
          </Alert>
        )}
        <Text size="sm" c="dimmed">
          {session.data?.by_link === false ? (
            "This service asks for its token: the HEARTBEAT_API_TOKEN that it was started with."
          ) : (
            <>
              Something private is connected, so only you may look in. Run <Code>heartbeat login</Code> on the machine of
              the service, and open the link that it prints; or paste the token of the file that{" "}
              <Code>heartbeat token</Code> names.
            </>
          )}
        </Text>
        <PasswordInput
          label="Token"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={login.error && sentence(login.error)}
          autoComplete="current-password"
          required
          data-autofocus
        />
        {session.error && (
          <Alert color="red" variant="outline" role="alert">
            {sentence(session.error)}
          </Alert>
        )}
        <Button type="submit" loading={login.isPending}>
          Log in
        </Button>
      </Stack>
    </form>
  );
}
