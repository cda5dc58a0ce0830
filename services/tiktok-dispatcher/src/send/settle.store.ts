import type { DeliveryAttempt } from '@clickjoin/contracts';
import type { EntityManager } from 'typeorm';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';
import type { SettledAttempt } from './claimed-delivery';

/**
 * Writes down what came of attempts, and moves their deliveries on. The lease token decides: a delivery whose lease
 * has run out and been noticed is somebody else's, and this answer comes too late.
 * @returns the deliveries that were moved
 */
export async function settleAttempts(
  tx: EntityManager,
  settled: readonly SettledAttempt[],
  now: number,
): Promise<DeliveryRow[]> {
  const moved = rowsOf<DeliveryRow>(
    await tx.query(
      `UPDATE delivery d
       SET state = s.state, next_attempt_at = s.next_attempt_at, first_unknown_at = s.first_unknown_at,
           note = s.note, lease_token = NULL, lease_until = NULL, revision = d.revision + 1, updated_at = $7
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[])
         AS s (delivery_id, lease_token, state, next_attempt_at, first_unknown_at, note)
       WHERE d.delivery_id = s.delivery_id AND d.lease_token = s.lease_token AND d.state = 'sending'
       RETURNING ${DELIVERY_COLUMNS}`,
      [
        settled.map(({ deliveryId }) => deliveryId),
        settled.map(({ leaseToken }) => leaseToken),
        settled.map(({ settlement }) => settlement.state),
        settled.map(({ settlement }) => timestamp(settlement.nextAttemptAt)),
        settled.map(({ settlement }) => timestamp(settlement.firstUnknownAt)),
        settled.map(({ settlement }) => settlement.note ?? null),
        timestamp(now),
      ],
    ),
  );
  const movedIds = new Set(moved.map(({ delivery_id }) => delivery_id));
  await endAttempts(
    tx,
    settled.filter(({ deliveryId }) => movedIds.has(deliveryId)),
  );
  return moved;
}

async function endAttempts(tx: EntityManager, settled: readonly SettledAttempt[]): Promise<void> {
  if (settled.length === 0) return;
  const attempts = settled.map(attemptOf);
  await tx.query(
    `UPDATE attempt a
     SET duration_ms = s.duration_ms, verdict = s.verdict, explanation = s.explanation,
         http_status = s.http_status, code = s.code, message = s.message, request_id = s.request_id
     FROM unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::int[], $7::int[], $8::text[],
                 $9::text[])
       AS s (delivery_id, number, duration_ms, verdict, explanation, http_status, code, message, request_id)
     WHERE a.delivery_id = s.delivery_id AND a.number = s.number`,
    [
      settled.map(({ deliveryId }) => deliveryId),
      attempts.map(({ number }) => number),
      attempts.map(({ durationMs }) => durationMs),
      attempts.map(({ verdict }) => verdict),
      attempts.map(({ explanation }) => explanation),
      attempts.map(({ httpStatus }) => httpStatus ?? null),
      attempts.map(({ code }) => code ?? null),
      attempts.map(({ message }) => message ?? null),
      attempts.map(({ requestId }) => requestId ?? null),
    ],
  );
}

/** 24.9 days; beyond it an integer column refuses, here and at everybody who keeps attempts. */
const MAX_DURATION_MS = 2 ** 31 - 1;

/** The attempt as it is told to others. */
export function attemptOf({ attempt, startedAt, endedAt, judgement }: SettledAttempt): DeliveryAttempt {
  const { verdict, explanation, httpStatus, code, message, requestId } = judgement;
  return {
    number: attempt,
    startedAt: new Date(startedAt).toISOString(),
    // An interrupted attempt lasts until it is found, and the service may have been away for a month.
    durationMs: Math.min(MAX_DURATION_MS, Math.max(0, Math.round(endedAt - startedAt))),
    verdict,
    explanation,
    // Statuses beyond those of HTTP are in nobody's contract.
    ...(httpStatus === undefined || httpStatus < 100 || httpStatus > 599 ? {} : { httpStatus }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

export interface LapsedDelivery {
  readonly deliveryId: string;
  readonly leaseToken: string;
  readonly pixelId: string;
  readonly attempt: number;
  readonly startedAt: number;
  readonly joinedAt: number;
  readonly firstUnknownAt: number | undefined;
}

/** Locks deliveries whose worker didn't come back before its lease ended. */
export async function lockLapsed(tx: EntityManager, limit: number): Promise<LapsedDelivery[]> {
  const rows: {
    delivery_id: string;
    lease_token: string;
    pixel_id: string;
    attempts: number;
    started_at: Date;
    joined_at: Date;
    first_unknown_at: Date | null;
  }[] = await tx.query(
    `SELECT d.delivery_id, d.lease_token, d.pixel_id, d.attempts, a.started_at, d.joined_at, d.first_unknown_at
     FROM delivery d JOIN attempt a ON a.delivery_id = d.delivery_id AND a.number = d.attempts
     WHERE d.state = 'sending' AND d.lease_until < clock_timestamp()
     ORDER BY d.lease_until
     LIMIT $1
     FOR UPDATE OF d SKIP LOCKED`,
    [limit],
  );
  return rows.map((row) => ({
    deliveryId: row.delivery_id,
    leaseToken: row.lease_token,
    pixelId: row.pixel_id,
    attempt: row.attempts,
    startedAt: row.started_at.getTime(),
    joinedAt: row.joined_at.getTime(),
    firstUnknownAt: row.first_unknown_at?.getTime(),
  }));
}
