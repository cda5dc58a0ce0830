import { Button, CloseButton, Group, Paper, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconDownload, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { choicesOf, FilterSelect } from '../display/filter-select';
import { ButtonTo } from '../display/links';
import { useNow } from '../display/moment';
import { PageHeader } from '../display/page-header';
import { PeriodSelect } from '../display/period-select';
import { MoreRows } from '../display/rows-table';
import { JOIN_OUTCOMES, ORGANIC_REASONS, type JoinOutcome, type OrganicReason } from '../display/words';
import { channelsQuery } from '../settings/channels/channels-query';
import { useSiteId } from '../sites/sites-query';
import { Empty, Failure, Loading } from '../states/states';
import { joinsFilter, joinsQuery } from './joins-query';
import type { JoinsSearch } from './joins-search';
import { JoinsTable } from './joins-table';

export function JoinsPage() {
  const siteId = useSiteId();
  const search = useSearch({ from: '/sites/$siteId/joins' });
  const navigate = useNavigate({ from: '/sites/$siteId/joins' });
  const filter = joinsFilter(siteId, search, useNow());
  const joins = useInfiniteQuery({ ...joinsQuery(filter), placeholderData: keepPreviousData });
  const rows = joins.data?.pages.flatMap(({ items }) => items) ?? [];
  const isFiltered = Object.keys(search).length > 0;
  const change = (changes: { [Key in keyof JoinsSearch]?: JoinsSearch[Key] | undefined }): void => {
    const next = Object.entries({ ...search, ...changes }).filter(([, value]) => value !== undefined);
    void navigate({ search: Object.fromEntries(next), replace: true });
  };

  return (
    <>
      <PageHeader title="Joins" lead="Everyone who came into your channels, as it happens.">
        <Button
          component="a"
          href={`/v1/joins.csv?${new URLSearchParams(filter).toString()}`}
          download
          variant="default"
          leftSection={<IconDownload size={16} stroke={1.6} />}
        >
          CSV
        </Button>
        <PeriodSelect value={search} onChange={({ period, from, to }) => change({ period, from, to })} />
      </PageHeader>
      <Filters search={search} change={change} />
      <Paper p={0} style={{ overflowX: 'auto' }} aria-busy={joins.isFetching}>
        {joins.data === undefined ? (
          joins.isError ? (
            <Failure error={joins.error} retry={() => void joins.refetch()} />
          ) : (
            <div style={{ padding: 16 }}>
              <Loading rows={8} />
            </div>
          )
        ) : rows.length === 0 ? (
          <NoJoins isFiltered={isFiltered} clear={() => void navigate({ search: {}, replace: true })} />
        ) : (
          <>
            <JoinsTable joins={rows} />
            <MoreRows
              hasMore={joins.hasNextPage}
              isLoading={joins.isFetchingNextPage}
              load={() => void joins.fetchNextPage()}
            />
          </>
        )}
      </Paper>
    </>
  );
}

interface FiltersProps {
  readonly search: JoinsSearch;
  readonly change: (changes: { [Key in keyof JoinsSearch]?: JoinsSearch[Key] | undefined }) => void;
}

function Filters({ search: { outcome, reason, chatId, q }, change }: FiltersProps) {
  const siteId = useSiteId();
  const { data } = useQuery(channelsQuery);
  const channels = (data?.items ?? []).filter((channel) => channel.siteId === siteId);
  return (
    <Group gap="xs" mb="md" role="search" aria-label="Joins">
      <Search value={q ?? ''} onChange={(text) => change({ q: text === '' ? undefined : text })} />
      <FilterSelect
        label="Outcome"
        all="All outcomes"
        choices={choicesOf(JOIN_OUTCOMES)}
        value={outcome}
        onChange={(value) =>
          change({
            outcome: value as JoinOutcome | undefined,
            ...(value === 'organic' ? {} : { reason: undefined }),
          })
        }
      />
      <FilterSelect
        label="Reason for organic"
        all="Any reason"
        choices={choicesOf(ORGANIC_REASONS)}
        value={reason}
        onChange={(value) =>
          change({
            reason: value as OrganicReason | undefined,
            ...(value === undefined ? {} : { outcome: 'organic' }),
          })
        }
      />
      {channels.length > 1 && (
        <FilterSelect
          label="Channel"
          all="All channels"
          choices={channels.map((channel) => ({ value: channel.chatId, label: channel.title }))}
          value={chatId}
          onChange={(value) => change({ chatId: value })}
        />
      )}
    </Group>
  );
}

function Search({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback(onChange, 300);
  const type = (typed: string): void => {
    setText(typed);
    tell(typed.trim());
  };
  return (
    <TextInput
      aria-label="Search joins"
      placeholder="Telegram id, join or click id"
      leftSection={<IconSearch size={16} stroke={1.6} />}
      rightSection={
        text === '' ? null : <CloseButton size="sm" aria-label="Clear the search" onClick={() => type('')} />
      }
      value={text}
      onChange={({ currentTarget }) => type(currentTarget.value)}
      style={{ flex: '1 1 14rem' }}
    />
  );
}

function NoJoins({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  const siteId = useSiteId();
  if (isFiltered)
    return (
      <Empty
        title="No joins match"
        action={
          <Button variant="default" onClick={clear}>
            Clear the filters
          </Button>
        }
      >
        Nothing in this period fits all the filters.
      </Empty>
    );
  return (
    <Empty
      title="Nobody has joined yet"
      action={
        <ButtonTo to="/sites/$siteId/setup" params={{ siteId }}>
          Check the set-up
        </ButtonTo>
      }
    >
      Joins of the last 7 days show here within a second of happening, whether an ad led to them or not.
    </Empty>
  );
}
