import type { ConversionAttributed } from '@clickjoin/contracts';
import type { EntityManager } from 'typeorm';
import type { TikTokRequest } from '../build-request/build-request';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';
import type { Settlement } from '../retry-policy/retry-policy';

/** How many more deliveries of a pixel may be under way. */
export interface PixelSlots {
  readonly pixelId: string;
  readonly slots: number;
}

export interface DueDelivery {
  readonly deliveryId: string;
  readonly pixelId: string;
  readonly attempts: number;
  readonly joinedAt: number;
  readonly firstUnknownAt: number | undefined;
  /** Until the first attempt the facts, from then on the frozen bytes. */
  readonly content:
    | { readonly kind: 'facts'; readonly conversion: ConversionAttributed }
    | { readonly kind: 'frozen'; readonly path: string; readonly body: string };
}

interface DueRow {
  readonly delivery_id: string;
  readonly pixel_id: string;
  readonly attempts: number;
  readonly joined_at: Date;
  readonly first_unknown_at: Date | null;
  readonly facts: string | null;
  readonly path: string | null;
  readonly body: string | null;
}

/**
 * Locks due deliveries, oldest first and a share for each pixel, so that a pixel with a long queue doesn't keep the
 * others waiting. What another worker has locked is passed over: it is that worker's.
 * @param total of all pixels together
 * @param restoredAt what is older may have been sent for a lost database, at the earliest when it was logged
 */
export async function lockDue(
  tx: EntityManager,
  pixels: readonly PixelSlots[],
  total: number,
  now: number,
  restoredAt: number,
): Promise<DueDelivery[]> {
  const rows: DueRow[] = await tx.query(
    `SELECT due.*
     FROM unnest($1::uuid[], $2::int[]) AS pixel (pixel_id, slots)
     CROSS JOIN LATERAL (
       SELECT delivery_id, pixel_id, attempts, joined_at, facts, path, body,
              coalesce(first_unknown_at, CASE WHEN logged_at < $5 THEN logged_at END) AS first_unknown_at
       FROM delivery
       WHERE delivery.pixel_id = pixel.pixel_id AND state IN ('queued', 'retrying') AND next_attempt_at <= $3
       ORDER BY next_attempt_at, joined_at
       LIMIT pixel.slots
       FOR UPDATE SKIP LOCKED
     ) due
     WHERE NOT EXISTS (SELECT FROM pixel_pause WHERE pixel_pause.pixel_id = pixel.pixel_id)
     LIMIT $4`,
    [
      pixels.map(({ pixelId }) => pixelId),
      pixels.map(({ slots }) => slots),
      timestamp(now),
      total,
      timestamp(restoredAt),
    ],
  );
  return rows.map((row) => ({
    deliveryId: row.delivery_id,
    pixelId: row.pixel_id,
    attempts: row.attempts,
    joinedAt: row.joined_at.getTime(),
    firstUnknownAt: row.first_unknown_at?.getTime(),
    content: contentOf(row),
  }));
}

function contentOf({ delivery_id, facts, path, body }: DueRow): DueDelivery['content'] {
  if (facts !== null) return { kind: 'facts', conversion: JSON.parse(facts) as ConversionAttributed };
  if (path !== null && body !== null) return { kind: 'frozen', path, body };
  throw new Error(`delivery ${delivery_id} has neither facts nor a body`);
}

export interface AttemptStart {
  readonly deliveryId: string;
  readonly leaseToken: string;
  readonly attempt: number;
  /** To be frozen now, at the first attempt. */
  readonly request: TikTokRequest | undefined;
}

/**
 * Leases locked deliveries and writes their attempts down as begun: from the commit on, a crash is an attempt that
 * TikTok may have got. The lease runs on the database's clock, the only one that all instances share.
 */
export async function startAttempts(
  tx: EntityManager,
  starts: readonly AttemptStart[],
  now: number,
  leaseMs: number,
): Promise<void> {
  if (starts.length === 0) return;
  await tx.query(
    `UPDATE delivery d
     SET state = 'sending', attempts = s.attempt, updated_at = $8, next_attempt_at = NULL,
         lease_token = s.lease_token, lease_until = clock_timestamp() + $9 * interval '1 ms',
         wire_format = coalesce(d.wire_format, s.wire_format), path = coalesce(d.path, s.path),
         event_name = coalesce(d.event_name, s.event_name), body = coalesce(d.body, s.body), facts = NULL
     FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[])
       AS s (delivery_id, lease_token, attempt, wire_format, path, event_name, body)
     WHERE d.delivery_id = s.delivery_id`,
    [
      starts.map(({ deliveryId }) => deliveryId),
      starts.map(({ leaseToken }) => leaseToken),
      starts.map(({ attempt }) => attempt),
      starts.map(({ request }) => request?.wireFormat ?? null),
      starts.map(({ request }) => request?.path ?? null),
      starts.map(({ request }) => request?.eventName ?? null),
      starts.map(({ request }) => request?.body ?? null),
      timestamp(now),
      leaseMs,
    ],
  );
  await tx.query(
    `INSERT INTO attempt (delivery_id, number, started_at)
     SELECT delivery_id, number, $3 FROM unnest($1::uuid[], $2::int[]) AS s (delivery_id, number)`,
    [starts.map(({ deliveryId }) => deliveryId), starts.map(({ attempt }) => attempt), timestamp(now)],
  );
}

export interface UnsentEnd {
  readonly deliveryId: string;
  readonly state: Settlement['state'];
  readonly note: string | undefined;
}

/** Ends locked deliveries that must not be sent. */
export async function endUnsent(
  tx: EntityManager,
  ends: readonly UnsentEnd[],
  now: number,
): Promise<DeliveryRow[]> {
  if (ends.length === 0) return [];
  return rowsOf(
    await tx.query(
      `UPDATE delivery d
       SET state = e.state, note = e.note, next_attempt_at = NULL, revision = d.revision + 1, updated_at = $4
       FROM unnest($1::uuid[], $2::text[], $3::text[]) AS e (delivery_id, state, note)
       WHERE d.delivery_id = e.delivery_id
       RETURNING ${DELIVERY_COLUMNS}`,
      [
        ends.map(({ deliveryId }) => deliveryId),
        ends.map(({ state }) => state),
        ends.map(({ note }) => note ?? null),
        timestamp(now),
      ],
    ),
  );
}

/**
 * When something will be due that isn't now.
 * @returns milliseconds from now until the next due delivery or the next lease that ends; undefined: nothing waits
 */
export async function waitUntilDue(tx: EntityManager, now: number): Promise<number | undefined> {
  const [row]: { due_at: Date | null; lease_ms: number | null }[] = await tx.query(
    `SELECT (SELECT min(next_attempt_at) FROM delivery
             WHERE state IN ('queued', 'retrying') AND next_attempt_at > $1) AS due_at,
            (SELECT extract(epoch FROM min(lease_until) - clock_timestamp())::float8 * 1000 FROM delivery
             WHERE state = 'sending') AS lease_ms`,
    [timestamp(now)],
  );
  const waits = [
    ...(row?.due_at ? [row.due_at.getTime() - now] : []),
    ...(typeof row?.lease_ms === 'number' ? [row.lease_ms] : []),
  ];
  return waits.length === 0 ? undefined : Math.max(0, Math.min(...waits));
}
