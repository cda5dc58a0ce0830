import type { EntityManager } from 'typeorm';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';

/** Deliveries erased in one transaction at most. */
export const ERASE_CHUNK = 500;

export const ERASED_NOTE = {
  unsent: 'The person asked to be forgotten. The event was not taken, and is not sent any more.',
  unknown:
    'The person asked to be forgotten. TikTok may have taken the event in an attempt without answer; it is not sent any more.',
} as const;

/** Remembers the conversions, whether they have come already or not. */
export async function addErasedConversions(
  tx: EntityManager,
  conversionIds: readonly string[],
  now: number,
): Promise<void> {
  await tx.query(
    `INSERT INTO erased_conversion (conversion_id, erased_at)
     SELECT id, $2 FROM unnest($1::uuid[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
    [conversionIds, timestamp(now)],
  );
}

/** Conversions to forget whose deliveries are still whole: they came at the same moment as the wish. */
export async function findUnerased(tx: EntityManager): Promise<string[]> {
  const rows: { conversion_id: string }[] = await tx.query(
    `SELECT DISTINCT conversion_id FROM erased_conversion JOIN delivery USING (conversion_id)
     WHERE delivery.erased_at IS NULL LIMIT ${ERASE_CHUNK}`,
  );
  return rows.map(({ conversion_id }) => conversion_id);
}

/**
 * Takes all that is known of the person out of the deliveries of these conversions. Those that wait end; one that is
 * being sent at this moment ends with its answer.
 * @returns those that have ended now
 */
export async function eraseDeliveries(
  tx: EntityManager,
  conversionIds: readonly string[],
  now: number,
): Promise<DeliveryRow[]> {
  const rows = rowsOf<DeliveryRow & { readonly waits: boolean }>(
    await tx.query(
      `WITH found AS (
         SELECT delivery_id, state IN ('queued', 'retrying', 'held') AS waits
         FROM delivery WHERE conversion_id = ANY ($1::uuid[]) AND erased_at IS NULL
         ORDER BY delivery_id FOR UPDATE
       )
       UPDATE delivery d
       SET facts = NULL, event_json = NULL, erased_at = $2, needs_person = false, awaits_channel = false,
           next_attempt_at = NULL,
           state = CASE WHEN NOT waits THEN d.state
                        WHEN d.first_unknown_at IS NULL THEN 'expired' ELSE 'possibly-accepted' END,
           note = CASE WHEN NOT waits THEN d.note WHEN d.first_unknown_at IS NULL THEN $3 ELSE $4 END,
           revision = d.revision + CASE WHEN waits THEN 1 ELSE 0 END,
           updated_at = CASE WHEN waits THEN $2 ELSE d.updated_at END
       FROM found WHERE d.delivery_id = found.delivery_id
       RETURNING ${DELIVERY_COLUMNS}, found.waits`,
      [conversionIds, timestamp(now), ERASED_NOTE.unsent, ERASED_NOTE.unknown],
    ),
  );
  await eraseMessages(
    tx,
    rows.map(({ delivery_id }) => delivery_id),
  );
  return rows.filter(({ waits }) => waits);
}

/** Erases what deliveries that ended before a moment were sent with. @returns how many, at most ERASE_CHUNK */
export async function eraseDone(tx: EntityManager, endedBefore: number, now: number): Promise<number> {
  const rows = rowsOf<{ delivery_id: string }>(
    await tx.query(
      `WITH done AS (
         SELECT delivery_id FROM delivery
         WHERE erased_at IS NULL AND state IN ('accepted', 'rejected', 'possibly-accepted', 'expired')
           AND updated_at < $1
         ORDER BY updated_at LIMIT ${ERASE_CHUNK} FOR UPDATE SKIP LOCKED
       )
       UPDATE delivery d SET facts = NULL, event_json = NULL, erased_at = $2
       FROM done WHERE d.delivery_id = done.delivery_id
       RETURNING d.delivery_id`,
      [timestamp(endedBefore), timestamp(now)],
    ),
  );
  await eraseMessages(
    tx,
    rows.map(({ delivery_id }) => delivery_id),
  );
  return rows.length;
}

/** TikTok's messages may quote the event. */
async function eraseMessages(tx: EntityManager, deliveryIds: readonly string[]): Promise<void> {
  if (deliveryIds.length === 0) return;
  await tx.query(
    'UPDATE attempt SET message = NULL WHERE delivery_id = ANY ($1::uuid[]) AND message IS NOT NULL',
    [deliveryIds],
  );
}
