import { Tabs } from '@mantine/core';
import { Outlet, useMatchRoute, useNavigate } from '@tanstack/react-router';
import { PageHeader } from '../display/page-header';
import { useSite, useSiteId } from '../sites/sites-query';
import { TitleOf } from '../display/title-of';
import classes from './settings-page.module.css';

const TABS = [
  { to: '/sites/$siteId/settings/channels', label: 'Channels' },
  { to: '/sites/$siteId/settings/pixels', label: 'Pixels' },
  { to: '/sites/$siteId/settings/snippet', label: 'Snippet' },
  { to: '/sites/$siteId/settings/bots', label: 'Bots' },
  { to: '/sites/$siteId/settings/access', label: 'Access' },
] as const;

export function SettingsPage() {
  const siteId = useSiteId();
  const site = useSite();
  const navigate = useNavigate();
  const matches = useMatchRoute();
  const active = TABS.find(({ to }) => matches({ to, params: { siteId } }) !== false);
  return (
    <>
      <PageHeader
        title="Settings"
        lead={
          <>
            Of the site <TitleOf name={site?.name ?? ''} fw={600} />
          </>
        }
      />
      <Tabs
        value={active?.to ?? null}
        onChange={(to) => {
          const tab = TABS.find((one) => one.to === to);
          if (tab) void navigate({ to: tab.to, params: { siteId } });
        }}
      >
        <Tabs.List mb="lg" className={classes['tabs'] ?? ''} aria-label="Settings">
          {TABS.map(({ to, label }) => (
            <Tabs.Tab key={to} value={to}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {active !== undefined && (
          <Tabs.Panel value={active.to}>
            <Outlet />
          </Tabs.Panel>
        )}
      </Tabs>
      {active === undefined && <Outlet />}
    </>
  );
}
