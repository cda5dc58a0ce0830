import type { ConversionAttributed, WireFormat } from '@clickjoin/contracts';
import type { EntityManager } from 'typeorm';
import type { ChannelFacts, FrozenEvent } from '../build-request/build-event';
import { timestamp } from '../delivery/delivery-row';

/** How many deliveries of a pixel to look at. */
export interface PixelRows {
  readonly pixelId: string;
  readonly rows: number;
}

export interface DueDelivery {
  readonly deliveryId: string;
  readonly pixelId: string;
  readonly attempts: number;
  readonly joinedAt: number;
  readonly firstUnknownAt: number | undefined;
  readonly sendsAlone: boolean;
  /** Until the first attempt the facts, from then on the frozen event. */
  readonly content:
    | {
        readonly kind: 'facts';
        readonly conversion: ConversionAttributed;
        /** As it was when the delivery was queued; undefined: it was unknown then. */
        readonly channel: ChannelFacts | undefined;
      }
    | { readonly kind: 'frozen'; readonly event: FrozenEvent };
}

interface DueRow {
  readonly delivery_id: string;
  readonly pixel_id: string;
  readonly attempts: number;
  readonly joined_at: Date;
  readonly first_unknown_at: Date | null;
  readonly sends_alone: boolean;
  readonly facts: string | null;
  readonly channel_event: ChannelFacts | null;
  readonly wire_format: WireFormat | null;
  readonly pixel_code: string | null;
  readonly event_name: string | null;
  readonly event_json: string | null;
  readonly test_event_code: string | null;
}

/** `$1`: what was logged before may have been sent for a lost database, at the earliest when it was logged. */
const DUE_COLUMNS = `delivery_id, pixel_id, attempts, joined_at, sends_alone, facts, channel_event, wire_format, pixel_code,
  event_name, event_json, test_event_code,
  coalesce(first_unknown_at,
           CASE WHEN logged_at < $1 AND unsent_confirmed_at IS NULL THEN logged_at END) AS first_unknown_at`;

/**
 * Locks due deliveries, oldest first and a share for each pixel, so that a pixel with a long queue doesn't keep the
 * others waiting. What another worker has locked is passed over: it is that worker's.
 * @param total of all pixels together
 */
export async function lockDue(
  tx: EntityManager,
  pixels: readonly PixelRows[],
  total: number,
  now: number,
  restoredAt: number,
): Promise<DueDelivery[]> {
  const rows: DueRow[] = await tx.query(
    `SELECT due.*
     FROM unnest($2::uuid[], $3::int[]) AS pixel (pixel_id, rows)
     CROSS JOIN LATERAL (
       SELECT ${DUE_COLUMNS}
       FROM delivery
       WHERE delivery.pixel_id = pixel.pixel_id AND state IN ('queued', 'retrying') AND next_attempt_at <= $4
       ORDER BY next_attempt_at, joined_at
       LIMIT pixel.rows
       FOR UPDATE SKIP LOCKED
     ) due
     WHERE NOT EXISTS (SELECT FROM pixel_pause WHERE pixel_pause.pixel_id = pixel.pixel_id)
     LIMIT $5`,
    [
      timestamp(restoredAt),
      pixels.map(({ pixelId }) => pixelId),
      pixels.map(({ rows: limit }) => limit),
      timestamp(now),
      total,
    ],
  );
  return rows.map(dueOf);
}

/** Locks what is still waiting of a divided batch. Somebody may have held, erased or sent some of it meanwhile. */
export async function lockApart(
  tx: EntityManager,
  deliveryIds: readonly string[],
  restoredAt: number,
): Promise<DueDelivery[]> {
  const rows: DueRow[] = await tx.query(
    `SELECT ${DUE_COLUMNS}
     FROM delivery
     WHERE delivery_id = ANY ($2::uuid[]) AND state = 'retrying'
       AND NOT EXISTS (SELECT FROM pixel_pause WHERE pixel_pause.pixel_id = delivery.pixel_id)
     ORDER BY delivery_id
     FOR UPDATE SKIP LOCKED`,
    [timestamp(restoredAt), deliveryIds],
  );
  return rows.map(dueOf);
}

function dueOf(row: DueRow): DueDelivery {
  return {
    deliveryId: row.delivery_id,
    pixelId: row.pixel_id,
    attempts: row.attempts,
    joinedAt: row.joined_at.getTime(),
    firstUnknownAt: row.first_unknown_at?.getTime(),
    sendsAlone: row.sends_alone,
    content: contentOf(row),
  };
}

function contentOf(row: DueRow): DueDelivery['content'] {
  if (row.facts !== null) {
    const conversion = JSON.parse(row.facts) as ConversionAttributed;
    return { kind: 'facts', conversion, channel: row.channel_event ?? undefined };
  }
  const { wire_format, pixel_code, event_name, event_json, test_event_code } = row;
  if (wire_format === null || pixel_code === null || event_name === null || event_json === null) {
    throw new Error(`delivery ${row.delivery_id} has neither facts nor an event`);
  }
  return {
    kind: 'frozen',
    event: {
      wireFormat: wire_format,
      pixelCode: pixel_code,
      eventName: event_name,
      eventJson: event_json,
      testEventCode: test_event_code ?? undefined,
    },
  };
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
