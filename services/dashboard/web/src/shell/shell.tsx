import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Menu,
  ScrollArea,
  Stack,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconChartBar,
  IconCheck,
  IconChevronDown,
  IconListCheck,
  IconLogout,
  IconPlus,
  IconRocket,
  IconSend,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useMatchRoute, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api } from '../api/client';
import { useLiveUpdates } from '../api/live';
import { MenuItemTo, NavLinkTo } from '../display/links';
import { TitleOf } from '../display/title-of';
import { sitesQuery, useSite, useSiteId } from '../sites/sites-query';
import { ColorSchemeToggle } from './color-scheme-toggle';
import { Logo } from './logo';
import { NotFound } from './not-found';
import classes from './shell.module.css';

const PAGES = [
  { to: '/sites/$siteId/overview', label: 'Overview', icon: <IconChartBar size={18} stroke={1.6} /> },
  { to: '/sites/$siteId/joins', label: 'Joins', icon: <IconUsers size={18} stroke={1.6} /> },
  { to: '/sites/$siteId/deliveries', label: 'Deliveries', icon: <IconSend size={18} stroke={1.6} /> },
  { to: '/sites/$siteId/checklist', label: 'Checklist', icon: <IconListCheck size={18} stroke={1.6} /> },
  { to: '/sites/$siteId/setup', label: 'Guided set-up', icon: <IconRocket size={18} stroke={1.6} /> },
  { to: '/sites/$siteId/settings', label: 'Settings', icon: <IconSettings size={18} stroke={1.6} /> },
] as const;

/** What stands around every page of a site. */
export function Shell() {
  useLiveUpdates();
  const [isOpen, { toggle, close }] = useDisclosure();
  const site = useSite();
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a href="#main" className={classes['skip']}>
        Skip to the content
      </a>
      <AppShell.Header className={classes['bar']}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
            />
            <Logo />
            <SiteSwitcher />
          </Group>
          <Group gap={4} wrap="nowrap">
            <ColorSchemeToggle />
            <SignOut />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className={classes['bar']} aria-label="Pages">
        <AppShell.Section grow component={ScrollArea}>
          <Stack gap={2}>
            {PAGES.map((page) => (
              <PageLink key={page.to} {...page} close={close} />
            ))}
          </Stack>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <div className={classes['page']}>{site === undefined ? <NotFound /> : <Outlet />}</div>
      </AppShell.Main>
    </AppShell>
  );
}

function PageLink({
  to,
  label,
  icon,
  close,
}: (typeof PAGES)[number] & { icon: ReactNode; close: () => void }) {
  const siteId = useSiteId();
  const isActive = useMatchRoute()({ to, params: { siteId }, fuzzy: true }) !== false;
  return (
    <NavLinkTo
      to={to}
      params={{ siteId }}
      label={label}
      leftSection={icon}
      active={isActive}
      aria-current={isActive ? 'page' : undefined}
      onClick={close}
      className={classes['link'] ?? ''}
    />
  );
}

function SiteSwitcher() {
  const site = useSite();
  const { data } = useQuery(sitesQuery);
  return (
    <Menu position="bottom-start" width={280}>
      <Menu.Target>
        <UnstyledButton
          className={classes['switcher']}
          aria-label={`Site: ${site?.name ?? 'none'}. Choose another`}
        >
          <TitleOf name={site?.name ?? 'Choose a site'} fw={600} size="sm" />
          <IconChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Sites</Menu.Label>
        {data?.items.map(({ siteId, name }) => (
          <MenuItemTo
            key={siteId}
            to="/sites/$siteId/overview"
            params={{ siteId }}
            rightSection={siteId === site?.siteId ? <IconCheck size={16} aria-label="shown" /> : null}
          >
            <TitleOf name={name} />
          </MenuItemTo>
        ))}
        <Menu.Divider />
        <MenuItemTo to="/welcome" leftSection={<IconPlus size={16} />}>
          Add a site
        </MenuItemTo>
      </Menu.Dropdown>
    </Menu>
  );
}

function SignOut() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const signOut = async (): Promise<void> => {
    await api.DELETE('/v1/session');
    await navigate({ to: '/sign-in' });
    queries.clear();
  };
  return (
    <Tooltip label="Sign out">
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        onClick={() => void signOut()}
        aria-label="Sign out"
      >
        <IconLogout size={18} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}
