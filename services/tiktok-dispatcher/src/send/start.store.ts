import type { EntityManager } from 'typeorm';
import type { FrozenEvent } from '../build-request/build-event';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';
import type { Settlement } from '../retry-policy/retry-policy';

export interface AttemptStart {
  readonly deliveryId: string;
  readonly leaseToken: string;
  readonly attempt: number;
  /** How many travel in the same request, this one included. */
  readonly events: number;
  /** To be frozen now, at the first attempt. */
  readonly freeze: FrozenEvent | undefined;
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
  owner: number,
): Promise<void> {
  if (starts.length === 0) return;
  await tx.query(
    `UPDATE delivery d
     SET state = 'sending', attempts = s.attempt, updated_at = $9, next_attempt_at = NULL, lease_owner = $11,
         lease_token = s.lease_token, lease_until = clock_timestamp() + $10 * interval '1 ms',
         wire_format = coalesce(d.wire_format, s.wire_format), pixel_code = coalesce(d.pixel_code, s.pixel_code),
         event_name = coalesce(d.event_name, s.event_name), event_json = coalesce(d.event_json, s.event_json),
         test_event_code = coalesce(d.test_event_code, s.test_event_code), facts = NULL,
         channel_event = NULL
     FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       AS s (delivery_id, lease_token, attempt, wire_format, pixel_code, event_name, event_json, test_event_code)
     WHERE d.delivery_id = s.delivery_id`,
    [
      starts.map(({ deliveryId }) => deliveryId),
      starts.map(({ leaseToken }) => leaseToken),
      starts.map(({ attempt }) => attempt),
      starts.map(({ freeze }) => freeze?.wireFormat ?? null),
      starts.map(({ freeze }) => freeze?.pixelCode ?? null),
      starts.map(({ freeze }) => freeze?.eventName ?? null),
      starts.map(({ freeze }) => freeze?.eventJson ?? null),
      starts.map(({ freeze }) => freeze?.testEventCode ?? null),
      timestamp(now),
      leaseMs,
      owner,
    ],
  );
  await tx.query(
    `INSERT INTO attempt (delivery_id, number, events, started_at)
     SELECT delivery_id, number, events, $4
     FROM unnest($1::uuid[], $2::int[], $3::int[]) AS s (delivery_id, number, events)`,
    [
      starts.map(({ deliveryId }) => deliveryId),
      starts.map(({ attempt }) => attempt),
      starts.map(({ events }) => events),
      timestamp(now),
    ],
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
       SET state = e.state, note = e.note, next_attempt_at = NULL, needs_person = false, awaits_channel = false,
           revision = d.revision + 1, updated_at = $4
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
