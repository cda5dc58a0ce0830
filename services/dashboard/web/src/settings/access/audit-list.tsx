import { Paper, Stack, Text, Title } from '@mantine/core';
import { api, dataOf } from '../../api/client';
import type { components } from '../../api/schema';
import { Moment } from '../../display/moment';
import { RowsTable } from '../../display/rows-table';
import { TitleOf } from '../../display/title-of';
import { PagedRows } from '../../paged-list/paged-rows';
import { pagedQuery, usePagedList } from '../../paged-list/use-paged-list';

type Entry = components['schemas']['AuditEntryView'];

const auditQuery = pagedQuery(['audit'], 20, (page) =>
  dataOf(api.GET('/v1/audit', { params: { query: page } })),
);

const ACTIONS: Readonly<Record<Entry['action'], string>> = {
  created: 'added',
  changed: 'changed',
  removed: 'removed',
  'key-made': 'made a key for',
  'key-removed': 'took the key from',
  'secret-rotated': 'rotated the secret of',
  resumed: 'resumed',
  tested: 'tested',
  replayed: 'replayed',
  erased: 'erased',
  moved: 'moved',
};

/** Who changed what: no secrets in it. */
export function AuditList() {
  const audit = usePagedList(auditQuery);
  return (
    <Paper component="section" aria-label="Changes">
      <Title order={2}>Changes</Title>
      <Text size="sm" c="dimmed" mb="sm">
        Who changed what, the newest first.
      </Text>
      <PagedRows
        list={audit}
        loading={{ rows: 4 }}
        empty={<Text size="sm">Nothing has been changed yet.</Text>}
      >
        {(rows) => (
          <RowsTable
            label="Changes"
            rows={rows}
            keyOf={({ auditId }) => auditId}
            columns={[
              { name: 'When', isHead: true, cell: ({ at }) => <Moment at={at} /> },
              { name: 'Who', cell: ({ actor }) => actor.name },
              { name: 'What', cell: (entry) => <What entry={entry} /> },
              { name: 'Change', cell: ({ changes }) => <Changes changes={changes} /> },
            ]}
          />
        )}
      </PagedRows>
    </Paper>
  );
}

const What = ({ entry: { action, subject } }: { entry: Entry }) => (
  <Text size="sm" component="div">
    {ACTIONS[action]} {subject.kind}
    {subject.name !== '' && subject.name !== subject.kind && (
      <>
        {' '}
        <TitleOf name={subject.name} fw={500} maw={180} />
      </>
    )}
  </Text>
);

function Changes({ changes }: { changes: Entry['changes'] }) {
  if (changes.length === 0) return '—';
  return (
    <Stack gap={0}>
      {changes.map(({ field, before, after }) => (
        <Text key={field} size="xs" style={{ overflowWrap: 'anywhere' }}>
          <span>{field}</span>: <bdi>{before ?? '—'}</bdi> → <bdi>{after ?? '—'}</bdi>
        </Text>
      ))}
    </Stack>
  );
}
