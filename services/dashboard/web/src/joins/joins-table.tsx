import { Stack, Text } from '@mantine/core';
import { duration } from '../display/format';
import { AnchorTo } from '../display/links';
import { Moment } from '../display/moment';
import { RowsTable, type Column } from '../display/rows-table';
import { StatePill } from '../display/state-pill';
import { TitleOf } from '../display/title-of';
import { JOIN_OUTCOMES } from '../display/words';
import { useSiteId } from '../sites/sites-query';
import type { Join } from './joins-query';

const COLUMNS: readonly Column<Join>[] = [
  { name: 'Joined', isHead: true, cell: (join) => <JoinLink join={join} /> },
  { name: 'Outcome', cell: ({ outcome }) => <StatePill word={JOIN_OUTCOMES[outcome]} /> },
  { name: 'Why', cell: (join) => <Why join={join} /> },
  {
    name: 'Channel',
    cell: ({ channelTitle, chatId }) => <TitleOf name={channelTitle ?? chatId} />,
  },
  {
    name: 'Telegram id',
    isFigure: true,
    cell: ({ person }) =>
      person.telegramUserId ?? (
        <Text size="sm" c="dimmed">
          erased
        </Text>
      ),
  },
];

export const JoinsTable = ({ joins }: { joins: readonly Join[] }) => (
  <RowsTable label="Joins" columns={COLUMNS} rows={joins} keyOf={({ joinId }) => joinId} />
);

function JoinLink({ join: { joinId, joinedAt } }: { join: Join }) {
  const siteId = useSiteId();
  return (
    <AnchorTo to="/sites/$siteId/joins/$joinId" params={{ siteId, joinId }} size="sm" fw={500}>
      <Moment at={joinedAt} />
    </AnchorTo>
  );
}

/** The click's age for a join that counts, the reason for one that doesn't. */
function Why({ join: { organic, conversion } }: { join: Join }) {
  if (organic !== null) return <Text size="sm">{organic.title}</Text>;
  if (conversion === null)
    return (
      <Text size="sm" c="dimmed">
        Waits for its click
      </Text>
    );
  return (
    <Stack gap={0}>
      <Text size="sm">{duration(Math.max(0, conversion.clickAgeMs))} after the click</Text>
      {!conversion.hasTtclid && (
        <Text size="xs" c="dimmed">
          without ttclid: weaker match
        </Text>
      )}
    </Stack>
  );
}
