import { CloseButton, Group, Paper, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { choicesOf, FilterSelect } from '../display/filter-select';
import { ButtonTo } from '../display/links';
import { useNow } from '../display/moment';
import { PageHeader } from '../display/page-header';
import { PeriodSelect } from '../display/period-select';
import { JOIN_OUTCOMES, ORGANIC_REASONS, type JoinOutcome, type OrganicReason } from '../display/words';
import { CsvButton } from '../paged-list/csv-button';
import { given, type Changes } from '../paged-list/filters';
import { NoMatch, PagedRows } from '../paged-list/paged-rows';
import { usePagedList } from '../paged-list/use-paged-list';
import { channelsQuery } from '../settings/channels/channels-query';
import { useSiteId } from '../sites/sites-query';
import { Empty } from '../states/states';
import { joinsFilter, joinsQuery } from './joins-query';
import type { JoinsSearch } from './joins-search';
import { JoinsTable } from './joins-table';

export function JoinsPage() {
  const siteId = useSiteId();
  const search = useSearch({ from: '/sites/$siteId/joins' });
  const navigate = useNavigate({ from: '/sites/$siteId/joins' });
  const filter = joinsFilter(siteId, search, useNow());
  const joins = usePagedList(joinsQuery(filter));
  const isFiltered = Object.keys(search).length > 0;
  const change = (changes: Changes<JoinsSearch>): void =>
    void navigate({ search: given({ ...search, ...changes }), replace: true });
  const clear = (): void => void navigate({ search: {}, replace: true });

  return (
    <>
      <PageHeader title="Joins" lead="Everyone who came into your channels, as it happens.">
        <CsvButton path="/v1/joins.csv" filter={filter} />
        <PeriodSelect value={search} onChange={({ period, from, to }) => change({ period, from, to })} />
      </PageHeader>
      <Filters search={search} change={change} />
      <Paper p={0} style={{ overflowX: 'auto' }} aria-busy={joins.isReading}>
        <PagedRows
          list={joins}
          loading={{ rows: 8, padding: 'md' }}
          empty={isFiltered ? <NoMatch what="joins" clear={clear} /> : <NoJoins />}
        >
          {(rows) => <JoinsTable joins={rows} />}
        </PagedRows>
      </Paper>
    </>
  );
}

interface FiltersProps {
  readonly search: JoinsSearch;
  readonly change: (changes: Changes<JoinsSearch>) => void;
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

function NoJoins() {
  const siteId = useSiteId();
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
