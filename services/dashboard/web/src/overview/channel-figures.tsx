import { Paper, Title } from '@mantine/core';
import { count, share } from '../display/format';
import { AnchorTo } from '../display/links';
import { RowsTable } from '../display/rows-table';
import { TitleOf } from '../display/title-of';
import { useSiteId } from '../sites/sites-query';
import type { Overview } from './overview-query';

export function ChannelFigures({ channels }: { channels: Overview['channels'] }) {
  const siteId = useSiteId();
  return (
    <Paper p={0} component="section" aria-label="Channels" style={{ overflowX: 'auto' }}>
      <Title order={2} p="lg" pb="xs">
        Channels
      </Title>
      <RowsTable
        label="Channels"
        rows={channels}
        keyOf={({ chatId }) => chatId}
        columns={[
          {
            name: 'Channel',
            isHead: true,
            cell: ({ title, chatId }) => (
              <AnchorTo to="/sites/$siteId/joins" params={{ siteId }} search={{ chatId }} size="sm">
                <TitleOf name={title ?? chatId} />
              </AnchorTo>
            ),
          },
          { name: 'Clicks', isFigure: true, cell: ({ clicks }) => count(clicks) },
          { name: 'Joins', isFigure: true, cell: ({ joins }) => count(joins) },
          {
            name: 'With a tracked link',
            isFigure: true,
            cell: ({ joinsWithOwnLink, joins }) => share(joinsWithOwnLink, joins),
          },
          { name: 'Attributed', isFigure: true, cell: ({ attributed }) => count(attributed) },
          { name: 'Accepted', isFigure: true, cell: ({ accepted }) => count(accepted) },
        ]}
      />
    </Paper>
  );
}
