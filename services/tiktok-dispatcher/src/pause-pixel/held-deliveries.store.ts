import type { EntityManager } from 'typeorm';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';

/** Deliveries moved in one transaction at most: a pixel may have collected any number of them. */
export const PAUSE_CHUNK = 500;

/**
 * Holds deliveries of paused pixels that are due. The pause is locked as well: were it ended at this moment, the
 * release would miss the rows that this transaction is about to hold.
 */
export async function holdDue(tx: EntityManager, now: number): Promise<DeliveryRow[]> {
  return rowsOf(
    await tx.query(
      `WITH due AS (
         SELECT delivery.delivery_id, pixel_pause.note
         FROM pixel_pause JOIN delivery USING (pixel_id)
         WHERE delivery.state IN ('queued', 'retrying') AND delivery.next_attempt_at <= $1
         LIMIT ${PAUSE_CHUNK}
         FOR UPDATE OF delivery SKIP LOCKED
         FOR KEY SHARE OF pixel_pause SKIP LOCKED
       )
       UPDATE delivery d
       SET state = 'held', note = due.note, next_attempt_at = NULL, revision = revision + 1, updated_at = $1
       FROM due WHERE d.delivery_id = due.delivery_id
       RETURNING ${DELIVERY_COLUMNS}`,
      [timestamp(now)],
    ),
  );
}

/**
 * Makes held deliveries of pixels that are not paused due again, oldest join first. Asked all the time and not only
 * after a pause has ended, since whoever ended it may have crashed. Those that a person has to decide on stay: it
 * wasn't the pixel that they waited for. Nor do those go that wait for their channel.
 */
export async function releaseHeld(
  tx: EntityManager,
  pixelIds: readonly string[],
  now: number,
): Promise<DeliveryRow[]> {
  return rowsOf(
    await tx.query(
      `WITH held AS (
         SELECT delivery_id FROM delivery
         WHERE state = 'held' AND NOT needs_person AND NOT awaits_channel AND pixel_id = ANY ($1::uuid[])
           AND NOT EXISTS (SELECT FROM pixel_pause WHERE pixel_pause.pixel_id = delivery.pixel_id)
         ORDER BY joined_at
         LIMIT ${PAUSE_CHUNK}
         FOR UPDATE SKIP LOCKED
       )
       UPDATE delivery d
       SET state = CASE attempts WHEN 0 THEN 'queued' ELSE 'retrying' END, note = NULL, next_attempt_at = $2,
           revision = revision + 1, updated_at = $2
       FROM held WHERE d.delivery_id = held.delivery_id
       RETURNING ${DELIVERY_COLUMNS}`,
      [pixelIds, timestamp(now)],
    ),
  );
}
