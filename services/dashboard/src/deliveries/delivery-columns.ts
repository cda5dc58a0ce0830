import type { CsvColumn } from '../api/csv';
import type { DeliveryView } from './delivery.dto';

/** The file of deliveries. Columns are added at the end: people's spreadsheets know them by their place. */
export const DELIVERY_COLUMNS: readonly CsvColumn<DeliveryView>[] = [
  { name: 'deliveryId', of: ({ deliveryId }) => deliveryId },
  { name: 'joinedAt', of: ({ joinedAt }) => joinedAt },
  { name: 'state', of: ({ state }) => state },
  { name: 'eventName', of: ({ eventName }) => eventName },
  { name: 'eventId', of: ({ eventId }) => eventId },
  { name: 'conversionId', of: ({ conversionId }) => conversionId },
  { name: 'joinId', of: ({ joinId }) => joinId },
  { name: 'siteId', of: ({ siteId }) => siteId },
  { name: 'pixelId', of: ({ pixelId }) => pixelId },
  { name: 'chatId', of: ({ chatId }) => chatId },
  { name: 'matchLevel', of: ({ matchLevel }) => matchLevel },
  { name: 'updatedAt', of: ({ updatedAt }) => updatedAt },
  { name: 'nextAttemptAt', of: ({ nextAttemptAt }) => nextAttemptAt },
  { name: 'note', of: ({ note }) => note },
  { name: 'attempts', of: ({ attempts }) => attempts.length },
  { name: 'lastVerdict', of: ({ attempts }) => attempts.at(-1)?.verdict ?? null },
  { name: 'lastCode', of: ({ attempts }) => attempts.at(-1)?.code ?? null },
  { name: 'lastMessage', of: ({ attempts }) => attempts.at(-1)?.message ?? null },
  { name: 'lastExplanation', of: ({ attempts }) => attempts.at(-1)?.explanation ?? null },
];
