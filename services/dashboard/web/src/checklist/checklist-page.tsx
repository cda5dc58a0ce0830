import { Group, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ButtonTo } from '../display/links';
import { Ago } from '../display/moment';
import { PageHeader } from '../display/page-header';
import { useSiteId } from '../sites/sites-query';
import { Loaded, Loading } from '../states/states';
import { Troubleshooting } from '../troubleshooting/troubleshooting';
import { checklistQuery, type Check } from './checklist-query';
import classes from './checklist-page.module.css';
import { FindingDetails } from './finding-details';
import { FindingIcon } from './finding-icon';

/** V4: looks by itself, and again every few seconds. */
export function ChecklistPage() {
  const checklist = useQuery(checklistQuery(useSiteId()));
  return (
    <>
      <PageHeader
        title="Checklist"
        lead="Checked now and every few seconds, from the landing page to TikTok."
      />
      <Stack gap="xl">
        <Loaded query={checklist} loading={<Loading rows={8} />}>
          {({ items, done }) => (
            <Paper p={0} style={{ overflowX: 'auto' }}>
              <Group p="md" gap="md">
                <Text size="sm" fw={600}>
                  {done} of {items.length} in order
                </Text>
                <Progress
                  value={(100 * done) / Math.max(1, items.length)}
                  style={{ flex: 1 }}
                  aria-label={`${done} of ${items.length} in order`}
                />
              </Group>
              <ul className={classes['checks']}>
                {items.map((check) => (
                  <CheckRow key={check.check} check={check} />
                ))}
              </ul>
            </Paper>
          )}
        </Loaded>
        <section aria-label="Troubleshooting">
          <Title order={2} mb="sm">
            Something looks wrong?
          </Title>
          <Troubleshooting />
        </section>
      </Stack>
    </>
  );
}

const WHERE = {
  'script-seen': { to: '/sites/$siteId/settings/snippet', label: 'Snippet' },
  'bot-admin': { to: '/sites/$siteId/settings/channels', label: 'Channels' },
  webhook: { to: '/sites/$siteId/settings/bots', label: 'Bots' },
  'link-stock': { to: '/sites/$siteId/settings/channels', label: 'Channels' },
  'pixel-token': { to: '/sites/$siteId/settings/pixels', label: 'Pixels' },
  'first-click': { to: '/sites/$siteId/settings/snippet', label: 'Tracked links' },
  'first-join': { to: '/sites/$siteId/joins', label: 'Joins' },
  'first-accepted': { to: '/sites/$siteId/deliveries', label: 'Deliveries' },
} as const satisfies Record<Check['check'], { to: string; label: string }>;

function CheckRow({ check: { check, state, title, explanation, advice, details, at } }: { check: Check }) {
  const siteId = useSiteId();
  const { to, label } = WHERE[check];
  return (
    <li className={classes['check']} data-check={check} data-state={state}>
      <FindingIcon state={state} />
      <div className={classes['words']}>
        <Group justify="space-between" gap="xs" wrap="nowrap">
          <Text fw={600} size="sm">
            {title}
          </Text>
          {at !== null && (
            <Text size="xs" c="dimmed">
              <Ago at={at} />
            </Text>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {explanation}
        </Text>
        {advice !== null && state !== 'ok' && (
          <Text size="sm" mt={2}>
            {advice}
          </Text>
        )}
        {state !== 'ok' && <FindingDetails details={details} />}
      </div>
      <ButtonTo to={to} params={{ siteId }} variant={state === 'ok' ? 'subtle' : 'default'} size="xs">
        {label}
      </ButtonTo>
    </li>
  );
}
