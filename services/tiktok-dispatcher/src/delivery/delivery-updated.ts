import {
  encode,
  topics,
  type DeliveryAttempt,
  type DeliveryUpdated,
  type OutboundRecord,
} from '@clickjoin/contracts';
import { SERVICE } from '../service-name';
import type { DeliveryRow } from './delivery-row';

/** The delivery's new state as a record for the outbox. @throws ContractViolation */
export function deliveryUpdated(row: DeliveryRow, attempt?: DeliveryAttempt): OutboundRecord {
  const event: DeliveryUpdated = {
    deliveryId: row.delivery_id,
    conversionId: row.conversion_id,
    joinId: row.join_id,
    pixelId: row.pixel_id,
    siteId: row.site_id,
    chatId: row.chat_id,
    eventId: row.event_id,
    ...(row.event_name === null ? {} : { eventName: row.event_name }),
    state: row.state,
    revision: row.revision,
    joinedAt: row.joined_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: row.next_attempt_at.toISOString() }),
    ...(row.note === null ? {} : { note: row.note }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(row.match_quality === null ? {} : { matchQuality: row.match_quality }),
  };
  return encode(topics.deliveryUpdated, event, { source: SERVICE });
}
