import { Button, Group, Paper } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { choicesOf, FilterSelect } from '../display/filter-select';
import { ButtonTo } from '../display/links';
import { useNow } from '../display/moment';
import { PageHeader } from '../display/page-header';
import { PeriodSelect } from '../display/period-select';
import { DELIVERY_STATES, type DeliveryState } from '../display/words';
import { CsvButton } from '../paged-list/csv-button';
import { given, type Changes } from '../paged-list/filters';
import { NoMatch, PagedRows } from '../paged-list/paged-rows';
import { usePagedList } from '../paged-list/use-paged-list';
import { pixelsQuery } from '../settings/pixels/pixels-query';
import { useSiteId } from '../sites/sites-query';
import { Empty } from '../states/states';
import { deliveriesFilter, deliveriesQuery } from './deliveries-query';
import type { DeliveriesSearch } from './deliveries-search';
import { DeliveriesTable } from './deliveries-table';
import { PausedPixels } from './paused-pixels';
import { ReplayDialog } from './replay-dialog';
import { StateTabs } from './state-tabs';

export function DeliveriesPage() {
  const siteId = useSiteId();
  const search = useSearch({ from: '/sites/$siteId/deliveries' });
  const navigate = useNavigate({ from: '/sites/$siteId/deliveries' });
  const filter = deliveriesFilter(siteId, search, useNow());
  const deliveries = usePagedList(deliveriesQuery(filter));
  const [isReplaying, { open, close }] = useDisclosure();
  const isFiltered = Object.keys(search).length > 0;
  const change = (changes: Changes<DeliveriesSearch>): void =>
    void navigate({ search: given({ ...search, ...changes }), replace: true });
  const clear = (): void => void navigate({ search: {}, replace: true });

  return (
    <>
      <PageHeader title="Deliveries" lead="Each attributed join on its way to TikTok, and what TikTok said.">
        <Button variant="default" leftSection={<IconRefresh size={16} stroke={1.6} />} onClick={open}>
          Replay…
        </Button>
        <CsvButton path="/v1/deliveries.csv" filter={filter} />
        <PeriodSelect value={search} onChange={({ period, from, to }) => change({ period, from, to })} />
      </PageHeader>
      <PausedPixels />
      <StateTabs search={search} value={search.state} onChange={(state) => change({ state })} />
      <Filters search={search} change={change} />
      <Paper p={0} style={{ overflowX: 'auto' }} aria-busy={deliveries.isReading}>
        <PagedRows
          list={deliveries}
          loading={{ rows: 8, padding: 'md' }}
          empty={isFiltered ? <NoMatch what="deliveries" clear={clear} /> : <NoDeliveries />}
        >
          {(rows) => <DeliveriesTable deliveries={rows} />}
        </PagedRows>
      </Paper>
      {isReplaying && <ReplayDialog close={close} scope={filter} />}
    </>
  );
}

function Filters({
  search: { state, pixelId },
  change,
}: {
  search: DeliveriesSearch;
  change: (changes: Changes<DeliveriesSearch>) => void;
}) {
  const siteId = useSiteId();
  const { data } = useQuery(pixelsQuery);
  const pixels = (data?.items ?? []).filter((pixel) => pixel.siteId === siteId);
  return (
    <Group gap="xs" mb="md" role="search" aria-label="Deliveries">
      <FilterSelect
        label="State"
        all="All states"
        choices={choicesOf(DELIVERY_STATES)}
        value={state}
        onChange={(value) => change({ state: value as DeliveryState | undefined })}
      />
      {pixels.length > 1 && (
        <FilterSelect
          label="Pixel"
          all="All pixels"
          choices={pixels.map((pixel) => ({ value: pixel.pixelId, label: pixel.name }))}
          value={pixelId}
          onChange={(value) => change({ pixelId: value })}
        />
      )}
    </Group>
  );
}

function NoDeliveries() {
  const siteId = useSiteId();
  return (
    <Empty
      title="Nothing to send yet"
      action={
        <ButtonTo to="/sites/$siteId/joins" params={{ siteId }} variant="default">
          See all joins
        </ButtonTo>
      }
    >
      A delivery is made for each join that an ad click led to, and for each pixel of the site.
    </Empty>
  );
}
