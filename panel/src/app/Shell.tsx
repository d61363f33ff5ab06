/** The frame of all pages: header, navigation, banner, and the event stream. */
import { AppShell, Burger, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";

import { Live } from "../live/Live";
import { Banner } from "./Banner";
import { Logout } from "./Logout";
import { LOGO as Logo } from "./places";
import { Navigation } from "./Navigation";
import { SchemeButton } from "./SchemeButton";
import classes from "./Shell.module.css";

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  useEffect(close, [pathname, close]);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <Live />
      <a href="#main" className={classes.skip}>
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger
            opened={opened}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={opened ? "Close the navigation" : "Open the navigation"}
            aria-expanded={opened}
          />
          <Logo color="var(--mantine-color-anchor)" aria-hidden />
          <Text fw={650}>Heartbeat</Text>
          <Group ml="auto" gap="xs" wrap="nowrap">
            <Logout />
            <SchemeButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Main">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <Banner />
        <div className={classes.page}>
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
