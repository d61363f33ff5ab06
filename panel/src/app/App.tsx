/** The root component: theme, query cache and router. */
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "../ui/outcomes.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";

import { onLoggedOut } from "../api/access";
import { newQueries } from "../api/queries";
import { LoginDialog } from "./LoginDialog";
import { enterByLink } from "./link";
import { toLogin } from "./login";
import { newRouter } from "./router";
import { scheme, theme, variables } from "./theme";

const queries = newQueries();
const router = newRouter();

export function App() {
  useEffect(() => onLoggedOut(() => void toLogin(router)), []);
  useEffect(() => {
    // A link that is opened in a tab of the panel changes the fragment alone.
    const look = () => void enterByLink();
    globalThis.addEventListener("hashchange", look);
    return () => globalThis.removeEventListener("hashchange", look);
  }, []);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} colorSchemeManager={scheme} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        <LoginDialog />
      </QueryClientProvider>
    </MantineProvider>
  );
}
