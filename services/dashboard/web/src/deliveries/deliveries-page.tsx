import { Button, Group, Paper } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDownload, IconRefresh } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { choicesOf, FilterSelect } from '../display/filter-select';
import { ButtonTo } from '../display/links';
import { useNow } from '../display/moment';
import { PageHeader } from '../display/page-header';
import { PeriodSelect } from '../display/period-select';
import { MoreRows } from '../display/rows-table';
import { DELIVERY_STATES, type DeliveryState } from '../display/words';
import { pixelsQuery } from '../settings/pixels/pixels-query';
import { useSiteId } from '../sites/sites-query';
import { Empty, Failure, Loading } from '../states/states';
import { deliveriesFilter, deliveriesQuery } from './deliveries-query';
import type { DeliveriesSearch } from './deliveries-search';
import { DeliveriesTable } from './deliveries-table';
import { PausedPixels } from './paused-pixels';
import { ReplayDialog } from './replay-dialog';
import { StateTabs } from './state-tabs';

type Changes = { [Key in keyof DeliveriesSearch]?: DeliveriesSearch[Key] | undefined };

export function DeliveriesPage() {
  const siteId = useSiteId();
  const search = useSearch({ from: '/sites/$siteId/deliveries' });
  const navigate = useNavigate({ from: '/sites/$siteId/deliveries' });
  const filter = deliveriesFilter(siteId, search, useNow());
  const deliveries = useInfiniteQuery({ ...deliveriesQuery(filter), placeholderData: keepPreviousData });
  const [isReplaying, { open, close }] = useDisclosure();
  const rows = deliveries.data?.pages.flatMap(({ items }) => items) ?? [];
  const change = (changes: Changes): void => {
    const next = Object.entries({ ...search, ...changes }).filter(([, value]) => value !== undefined);
    void navigate({ search: Object.fromEntries(next), replace: true });
  };
  return (
    <>
      <PageHeader title="Deliveries" lead="Each attributed join on its way to TikTok, and what TikTok said.">
        <Button variant="default" leftSection={<IconRefresh size={16} stroke={1.6} />} onClick={open}>
          Replay…
        </Button>
        <Button
          component="a"
          href={`/v1/deliveries.csv?${new URLSearchParams(filter).toString()}`}
          download
          variant="default"
          leftSection={<IconDownload size={16} stroke={1.6} />}
        >
          CSV
        </Button>
        <PeriodSelect value={search} onChange={({ period, from, to }) => change({ period, from, to })} />
      </PageHeader>
      <PausedPixels />
      <StateTabs search={search} value={search.state} onChange={(state) => change({ state })} />
      <Filters search={search} change={change} />
      <Paper p={0} style={{ overflowX: 'auto' }} aria-busy={deliveries.isFetching}>
        {deliveries.data === undefined ? (
          deliveries.isError ? (
            <Failure error={deliveries.error} retry={() => void deliveries.refetch()} />
          ) : (
            <div style={{ padding: 16 }}>
              <Loading rows={8} />
            </div>
          )
        ) : rows.length === 0 ? (
          <NoDeliveries
            isFiltered={Object.keys(search).length > 0}
            clear={() => void navigate({ search: {}, replace: true })}
          />
        ) : (
          <>
            <DeliveriesTable deliveries={rows} />
            <MoreRows
              hasMore={deliveries.hasNextPage}
              isLoading={deliveries.isFetchingNextPage}
              load={() => void deliveries.fetchNextPage()}
            />
          </>
        )}
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
  change: (changes: Changes) => void;
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

function NoDeliveries({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  const siteId = useSiteId();
  return isFiltered ? (
    <Empty
      title="No deliveries match"
      action={
        <Button variant="default" onClick={clear}>
          Clear the filters
        </Button>
      }
    >
      Nothing in this period fits all the filters.
    </Empty>
  ) : (
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
