import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { count } from '../display/format';
import { AnchorTo } from '../display/links';
import { Ago, Moment } from '../display/moment';
import { RowsTable, type Column } from '../display/rows-table';
import { StatePill } from '../display/state-pill';
import { TitleOf } from '../display/title-of';
import { DELIVERY_STATES, MATCH_LEVELS } from '../display/words';
import { channelsQuery } from '../settings/channels/channels-query';
import { useSiteId } from '../sites/sites-query';
import type { Delivery } from './deliveries-query';

const COLUMNS: readonly Column<Delivery>[] = [
  { name: 'Joined', isHead: true, cell: (delivery) => <DeliveryLink delivery={delivery} /> },
  { name: 'State', cell: ({ state }) => <StatePill word={DELIVERY_STATES[state]} withHint /> },
  { name: 'TikTok said', cell: (delivery) => <LastWord delivery={delivery} /> },
  { name: 'Event', cell: ({ eventName }) => eventName ?? '—' },
  { name: 'Channel', cell: ({ chatId }) => <ChannelTitle chatId={chatId} /> },
  {
    name: 'Match',
    cell: ({ matchLevel }) => (matchLevel === null ? '—' : <StatePill word={MATCH_LEVELS[matchLevel]} />),
  },
  { name: 'Attempts', isFigure: true, cell: ({ attempts }) => count(attempts.length) },
];

export const DeliveriesTable = ({ deliveries }: { deliveries: readonly Delivery[] }) => (
  <RowsTable label="Deliveries" columns={COLUMNS} rows={deliveries} keyOf={({ deliveryId }) => deliveryId} />
);

function DeliveryLink({ delivery: { deliveryId, joinedAt } }: { delivery: Delivery }) {
  const siteId = useSiteId();
  return (
    <AnchorTo to="/sites/$siteId/deliveries/$deliveryId" params={{ siteId, deliveryId }} size="sm" fw={500}>
      <Moment at={joinedAt} />
    </AnchorTo>
  );
}

function LastWord({ delivery: { attempts, nextAttemptAt, note } }: { delivery: Delivery }) {
  const last = attempts.at(-1);
  return (
    <Stack gap={0}>
      <Text size="sm" lineClamp={1} title={last?.explanation ?? note ?? ''}>
        {last?.verdict === 'accepted' ? 'OK' : (last?.message ?? note ?? last?.explanation ?? 'Not sent yet')}
      </Text>
      {nextAttemptAt !== null && (
        <Text size="xs" c="dimmed">
          next try <Ago at={nextAttemptAt} />
        </Text>
      )}
    </Stack>
  );
}

function ChannelTitle({ chatId }: { chatId: string }) {
  const { data } = useQuery(channelsQuery);
  return <TitleOf name={data?.items.find((channel) => channel.chatId === chatId)?.title ?? chatId} />;
}
