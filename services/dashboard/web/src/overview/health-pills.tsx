import { Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../api/client';
import type { components } from '../api/schema';
import { FindingDetails } from '../checklist/finding-details';
import { StatePill } from '../display/state-pill';
import { FINDING_STATES } from '../display/words';
import classes from './health-pills.module.css';

type Pill = components['schemas']['PillView'];

const healthQuery = (siteId: string) =>
  queryOptions({
    queryKey: ['health', siteId],
    queryFn: () => dataOf(api.GET('/v1/health', { params: { query: { siteId } } })),
    // Lag and stock change without an event that tells so.
    refetchInterval: 10_000,
  });

const NAMES: Readonly<Record<Pill['pill'], string>> = {
  webhook: 'Webhook',
  stock: 'Link stock',
  pixel: 'Pixel',
  lag: 'Processing',
};

export function HealthPills({ siteId }: { siteId: string }) {
  const { data, isError } = useQuery(healthQuery(siteId));
  return (
    <div className={classes['pills']} role="group" aria-label="Health">
      {(Object.keys(NAMES) as Pill['pill'][]).map((name) => (
        <OnePill
          key={name}
          name={NAMES[name]}
          pill={data?.pills.find(({ pill }) => pill === name)}
          isError={isError}
        />
      ))}
    </div>
  );
}

function OnePill({ name, pill, isError }: { name: string; pill: Pill | undefined; isError: boolean }) {
  const { tone } = FINDING_STATES[pill?.state ?? 'unknown'];
  const said = pill?.title ?? (isError ? 'not known' : '…');
  return (
    <Popover position="bottom-start" width={340} shadow="md" withinPortal>
      <Popover.Target>
        <UnstyledButton className={classes['pill'] ?? ''}>
          <StatePill word={{ label: name, tone }} />
          <span className={classes['said']}>{said}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={name}>
        <Stack gap={4}>
          <Text size="sm">{pill?.explanation ?? 'The dashboard does not answer at the moment.'}</Text>
          {pill?.advice != null && (
            <Text size="sm" fw={500}>
              {pill.advice}
            </Text>
          )}
          <FindingDetails details={pill?.details ?? []} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
