/** Mantine's links and buttons as links of the router: `<LinkButton to="/threads/$threadId" params=... />`. */
import { Anchor, type AnchorProps, Button, type ButtonProps, NavLink, type NavLinkProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type ComponentPropsWithRef } from "react";

type Native = Omit<ComponentPropsWithRef<"a">, keyof AnchorProps>;

export const LinkText = createLink((props: AnchorProps & Native) => <Anchor {...props} />);

export const LinkButton = createLink(
  (props: ButtonProps & Omit<ComponentPropsWithRef<"a">, keyof ButtonProps>) => <Button component="a" {...props} />,
);

export const LinkNav = createLink(
  (props: NavLinkProps & Omit<ComponentPropsWithRef<"a">, keyof NavLinkProps>) => <NavLink component="a" {...props} />,
);
