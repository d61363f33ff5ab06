/** The page that asks for the token. */
import { Center, Paper, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";

import { LoginForm } from "./LoginForm";

const route = getRouteApi("/login");

export function Login() {
  useDocumentTitle("Log in · Heartbeat");
  const { back } = route.useSearch();
  const router = useRouter();
  const goBack = useCallback(() => {
    router.history.replace(back);
  }, [back, router]);

  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="lg" w={380} maw="100%">
        <Stack>
          <Title order={1} size="h3">
            Heartbeat
          </Title>
          <LoginForm onInside={goBack} />
        </Stack>
      </Paper>
    </Center>
  );
}
