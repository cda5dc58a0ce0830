import type { CsvColumn } from '../api/csv';
import type { JoinView } from './join.dto';

/** The file of joins. Columns are added at the end: people's spreadsheets know them by their place. */
export const JOIN_COLUMNS: readonly CsvColumn<JoinView>[] = [
  { name: 'joinId', of: ({ joinId }) => joinId },
  { name: 'joinedAt', of: ({ joinedAt }) => joinedAt },
  { name: 'outcome', of: ({ outcome }) => outcome },
  { name: 'reason', of: ({ organic }) => organic?.reason ?? null },
  { name: 'reasonInWords', of: ({ organic }) => organic?.title ?? null },
  { name: 'siteId', of: ({ siteId }) => siteId },
  { name: 'chatId', of: ({ chatId }) => chatId },
  { name: 'channelTitle', of: ({ channelTitle }) => channelTitle },
  { name: 'telegramUserId', of: ({ person }) => person.telegramUserId },
  { name: 'route', of: ({ route }) => route },
  { name: 'hasOwnLink', of: ({ hasOwnLink }) => hasOwnLink },
  { name: 'isRejoin', of: ({ isRejoin }) => isRejoin },
  { name: 'leftAt', of: ({ left }) => left?.leftAt ?? null },
  { name: 'conversionId', of: ({ conversion }) => conversion?.conversionId ?? null },
  { name: 'clickId', of: ({ conversion }) => conversion?.clickId ?? null },
  { name: 'clickedAt', of: ({ conversion }) => conversion?.clickedAt ?? null },
  { name: 'clickAgeMs', of: ({ conversion }) => conversion?.clickAgeMs ?? null },
  { name: 'matchLevel', of: ({ conversion }) => conversion?.matchLevel ?? null },
  { name: 'deliveryStates', of: ({ deliveries }) => deliveries.map(({ state }) => state).join(' ') },
];
