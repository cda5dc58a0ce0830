import type { DeliveryAttempt } from '@clickjoin/contracts';
import type { EntityManager } from 'typeorm';
import { DELIVERY_COLUMNS, timestamp, type DeliveryRow } from '../delivery/delivery-row';
import { rowsOf } from '../delivery/rows-of';
import { ERASED_NOTE } from '../erase/erase.store';
import type { SettledAttempt } from './claimed-request';

export interface MovedRow extends DeliveryRow {
  /** The person asked to be forgotten while the event was with TikTok. */
  readonly is_erased: boolean;
}

/**
 * Writes down what came of attempts, and moves their deliveries on. The lease token decides: a delivery whose lease
 * has run out and been noticed is somebody else's, and this answer comes too late.
 * @returns the deliveries that were moved
 */
export async function settleAttempts(
  tx: EntityManager,
  settled: readonly SettledAttempt[],
  now: number,
): Promise<MovedRow[]> {
  // There is nothing left to be sent again.
  const isCutShort = `(d.erased_at IS NOT NULL AND s.state IN ('retrying', 'held'))`;
  const moved = rowsOf<MovedRow>(
    await tx.query(
      `UPDATE delivery d
       SET state = CASE WHEN NOT ${isCutShort} THEN s.state
                        WHEN s.first_unknown_at IS NULL THEN 'expired' ELSE 'possibly-accepted' END,
           note = CASE WHEN NOT ${isCutShort} THEN s.note WHEN s.first_unknown_at IS NULL THEN $9 ELSE $10 END,
           next_attempt_at = CASE WHEN NOT ${isCutShort} THEN s.next_attempt_at END,
           first_unknown_at = s.first_unknown_at, sends_alone = d.sends_alone OR s.sends_alone, lease_token = NULL, lease_until = NULL,
           lease_owner = NULL,
           revision = d.revision + 1, updated_at = $8
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::bool[])
         AS s (delivery_id, lease_token, state, next_attempt_at, first_unknown_at, note, sends_alone)
       WHERE d.delivery_id = s.delivery_id AND d.lease_token = s.lease_token AND d.state = 'sending'
       RETURNING ${DELIVERY_COLUMNS}, d.erased_at IS NOT NULL AS is_erased`,
      [
        settled.map(({ deliveryId }) => deliveryId),
        settled.map(({ leaseToken }) => leaseToken),
        settled.map(({ settlement }) => settlement.state),
        settled.map(({ settlement }) => timestamp(settlement.nextAttemptAt)),
        settled.map(({ settlement }) => timestamp(settlement.firstUnknownAt)),
        settled.map(({ settlement }) => settlement.note ?? null),
        settled.map(({ judgement }) => judgement.retry === 'alone'),
        timestamp(now),
        ERASED_NOTE.unsent,
        ERASED_NOTE.unknown,
      ],
    ),
  );
  const byId = new Map(moved.map((row) => [row.delivery_id, row]));
  await endAttempts(
    tx,
    settled.flatMap((one) => {
      const row = byId.get(one.deliveryId);
      return row === undefined
        ? []
        : [{ deliveryId: one.deliveryId, attempt: attemptOf(one, row.is_erased) }];
    }),
  );
  return moved;
}

interface EndedAttempt {
  readonly deliveryId: string;
  readonly attempt: DeliveryAttempt;
}

async function endAttempts(tx: EntityManager, ended: readonly EndedAttempt[]): Promise<void> {
  if (ended.length === 0) return;
  const attempts = ended.map(({ attempt }) => attempt);
  await tx.query(
    `UPDATE attempt a
     SET duration_ms = s.duration_ms, verdict = s.verdict, explanation = s.explanation,
         http_status = s.http_status, code = s.code, message = s.message, request_id = s.request_id
     FROM unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::text[], $6::int[], $7::int[], $8::text[],
                 $9::text[])
       AS s (delivery_id, number, duration_ms, verdict, explanation, http_status, code, message, request_id)
     WHERE a.delivery_id = s.delivery_id AND a.number = s.number`,
    [
      ended.map(({ deliveryId }) => deliveryId),
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

/** The attempt as it is told to others. TikTok's message may quote the event: not of somebody who is forgotten. */
export function attemptOf(
  { attempt, startedAt, endedAt, judgement }: SettledAttempt,
  isErased: boolean,
): DeliveryAttempt {
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
    ...(message === undefined || isErased ? {} : { message }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
