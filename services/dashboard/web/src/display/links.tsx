import {
  Anchor,
  Button,
  Menu,
  NavLink,
  type AnchorProps,
  type ButtonProps,
  type MenuItemProps,
  type NavLinkProps,
} from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

type Own<Props> = Props &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof Props> & { ref?: Ref<HTMLAnchorElement> };

/** Mantine's links, with the router's typed `to`, `params` and `search`. */
export const AnchorTo = createLink((props: Own<AnchorProps>) => <Anchor {...props} />);
export const ButtonTo = createLink((props: Own<ButtonProps>) => <Button component="a" {...props} />);
export const NavLinkTo = createLink((props: Own<NavLinkProps>) => <NavLink component="a" {...props} />);
export const MenuItemTo = createLink((props: Own<MenuItemProps>) => <Menu.Item component="a" {...props} />);
