import type { DeliveryState } from '@clickjoin/contracts';
import type { EntityManager } from 'typeorm';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';
import type { ReplayCandidate } from './decide-replay';

/** Which deliveries are meant; all that is given must fit. */
export interface ReplaySelection {
  readonly deliveryIds?: readonly string[] | undefined;
  readonly siteId?: string | undefined;
  readonly pixelId?: string | undefined;
  readonly chatId?: string | undefined;
  readonly states?: readonly DeliveryState[] | undefined;
  /** Inclusive, and exclusive. */
  readonly joinedFrom?: string | undefined;
  readonly joinedTo?: string | undefined;
}

export interface SelectedDelivery extends ReplayCandidate {
  readonly deliveryId: string;
  readonly conversionId: string;
  readonly pixelId: string;
  /** As the database has it, to the microsecond: where the next page begins. */
  readonly joinedAtText: string;
}

interface SelectedRow {
  readonly delivery_id: string;
  readonly conversion_id: string;
  readonly pixel_id: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly joined_at: Date;
  readonly joined_at_text: string;
  readonly first_unknown_at: Date | null;
  readonly needs_person: boolean;
  readonly is_erased: boolean;
}

export type ReplayCursor = Pick<SelectedDelivery, 'deliveryId' | 'joinedAtText'>;

/**
 * The next page of the selection, oldest join first.
 * @param lock keeps them as they are until the transaction ends
 */
export async function selectPage(
  tx: EntityManager,
  selection: ReplaySelection,
  after: ReplayCursor | undefined,
  limit: number,
  restoredAt: number,
  lock: boolean,
): Promise<SelectedDelivery[]> {
  const rows: SelectedRow[] = await tx.query(
    `SELECT delivery_id, conversion_id, pixel_id, state, attempts, joined_at, joined_at::text AS joined_at_text,
            needs_person, erased_at IS NOT NULL AS is_erased,
            coalesce(first_unknown_at,
                     CASE WHEN logged_at < $1 AND unsent_confirmed_at IS NULL THEN logged_at END) AS first_unknown_at
     FROM delivery
     WHERE ($2::uuid[] IS NULL OR delivery_id = ANY ($2))
       AND ($3::uuid IS NULL OR site_id = $3)
       AND ($4::uuid IS NULL OR pixel_id = $4)
       AND ($5::text IS NULL OR chat_id = $5)
       AND ($6::text[] IS NULL OR state = ANY ($6))
       AND ($7::timestamptz IS NULL OR joined_at >= $7)
       AND ($8::timestamptz IS NULL OR joined_at < $8)
       AND ($9::timestamptz IS NULL OR (joined_at, delivery_id) > ($9, $10::uuid))
     ORDER BY joined_at, delivery_id
     LIMIT $11 ${lock ? 'FOR UPDATE' : ''}`,
    [
      timestamp(restoredAt),
      selection.deliveryIds ?? null,
      selection.siteId ?? null,
      selection.pixelId ?? null,
      selection.chatId ?? null,
      selection.states ?? null,
      selection.joinedFrom ?? null,
      selection.joinedTo ?? null,
      after?.joinedAtText ?? null,
      after?.deliveryId ?? null,
      limit,
    ],
  );
  return rows.map((row) => ({
    deliveryId: row.delivery_id,
    conversionId: row.conversion_id,
    pixelId: row.pixel_id,
    state: row.state,
    attempts: row.attempts,
    joinedAt: row.joined_at.getTime(),
    joinedAtText: row.joined_at_text,
    firstUnknownAt: row.first_unknown_at?.getTime(),
    needsPerson: row.needs_person,
    isErased: row.is_erased,
  }));
}

/** Makes locked deliveries due again. */
export async function requeue(
  tx: EntityManager,
  deliveryIds: readonly string[],
  isConfirmedUnsent: boolean,
  now: number,
): Promise<DeliveryRow[]> {
  if (deliveryIds.length === 0) return [];
  return rowsOf(
    await tx.query(
      `UPDATE delivery d
       SET state = CASE attempts WHEN 0 THEN 'queued' ELSE 'retrying' END, note = NULL, next_attempt_at = $2,
           first_unknown_at = CASE WHEN needs_person AND $3 THEN NULL ELSE first_unknown_at END,
           unsent_confirmed_at = CASE WHEN needs_person AND $3 THEN $2 ELSE unsent_confirmed_at END,
           -- Never sent, and rejected: its channel's settings were at fault, so those of now apply.
           channel_event = CASE WHEN d.state = 'rejected' THEN NULL ELSE d.channel_event END,
           needs_person = false, revision = d.revision + 1, updated_at = $2
       WHERE delivery_id = ANY ($1::uuid[])
       RETURNING ${DELIVERY_COLUMNS}`,
      [deliveryIds, timestamp(now), isConfirmedUnsent],
    ),
  );
}
