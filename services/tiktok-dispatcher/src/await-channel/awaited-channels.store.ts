import type { EntityManager } from 'typeorm';
import { writeChannel, type ChannelFacts } from '../build-request/build-event';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';

/** Deliveries released in one transaction at most. */
export const RELEASE_CHUNK = 500;

export const CHANNEL_NOTE =
  'The channel of this join is not set up, so it is not known which event to report, and with what value. Either its set-up was removed, or it has not arrived here yet. Set the channel up, and this event goes by itself as that set-up says. If the group has become a supergroup meanwhile, what counts is the set-up of that. It waits until 7 days after the join.';

/** Holds locked deliveries whose channel is unknown. */
export async function holdForChannel(
  tx: EntityManager,
  deliveryIds: readonly string[],
  now: number,
): Promise<DeliveryRow[]> {
  if (deliveryIds.length === 0) return [];
  return rowsOf(
    await tx.query(
      `UPDATE delivery d
       SET state = 'held', awaits_channel = true, note = $2, next_attempt_at = NULL, revision = revision + 1,
           updated_at = $3
       WHERE delivery_id = ANY ($1::uuid[])
       RETURNING ${DELIVERY_COLUMNS}`,
      [deliveryIds, CHANNEL_NOTE, timestamp(now)],
    ),
  );
}

/** The channels that deliveries wait for. */
export async function readAwaitedChats(tx: EntityManager): Promise<string[]> {
  const rows: { chat_id: string }[] = await tx.query(
    'SELECT DISTINCT chat_id FROM delivery WHERE awaits_channel',
  );
  return rows.map(({ chat_id }) => chat_id);
}

/** A chat that deliveries wait for, by the id that they know, and what is to be reported of it. */
export interface AwaitedChat {
  readonly chatId: string;
  readonly channel: ChannelFacts;
}

/** Makes what waits for these channels due, with what they say now: a later change is for later conversions. */
export async function releaseForChannels(
  tx: EntityManager,
  chats: readonly AwaitedChat[],
  now: number,
): Promise<DeliveryRow[]> {
  return rowsOf(
    await tx.query(
      `WITH known AS (
         SELECT delivery_id, c.event FROM delivery
         JOIN unnest($1::text[], $2::jsonb[]) AS c (chat_id, event) USING (chat_id)
         WHERE awaits_channel
         ORDER BY joined_at
         LIMIT ${RELEASE_CHUNK}
         FOR UPDATE OF delivery SKIP LOCKED
       )
       UPDATE delivery d
       SET state = 'queued', awaits_channel = false, channel_event = known.event, note = NULL, next_attempt_at = $3,
           revision = revision + 1, updated_at = $3
       FROM known WHERE d.delivery_id = known.delivery_id
       RETURNING ${DELIVERY_COLUMNS}`,
      [chats.map(({ chatId }) => chatId), chats.map(({ channel }) => writeChannel(channel)), timestamp(now)],
    ),
  );
}
