/** The page that asks for the token. */
import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type SubmitEvent, useEffect, useState } from "react";

import { sentence } from "../../api/problem";
import { useLogin, useSession } from "../../api/session";

const route = getRouteApi("/login");

export function Login() {
  useDocumentTitle("Log in · Heartbeat");
  const { back } = route.useSearch();
  const router = useRouter();
  const session = useSession();
  const login = useLogin();
  const [token, setToken] = useState("");
  const inside = session.data?.logged_in === true;

  useEffect(() => {
    if (inside) router.history.replace(back);
  }, [inside, back, router]);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    login.mutate(token);
  }

  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="lg" w={380} maw="100%">
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} size="h3">
              Heartbeat
            </Title>
            <Text size="sm" c="dimmed">
              {session.data?.by_link === false
                ? "This service asks for its token: the HEARTBEAT_API_TOKEN that it was started with."
                : "Something private is connected, so this service asks who you are. Run “heartbeat login” where it runs, and open the link that it prints; or paste the token of the file that “heartbeat token” names."}
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
      </Paper>
    </Center>
  );
}
