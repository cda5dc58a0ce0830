import type { DeliveryAttempt, DeliveryUpdated } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

type Queryable = Pick<EntityManager, 'query'>;

/** Postgres has no place for U+0000 in text, and TikTok's words are a stranger's. */
const text = (words: string | undefined): string | null => words?.replaceAll('\0', '') ?? null;

/**
 * The write side of the deliveries' read model, in any order and any number of times. `DISTINCT ON` collapses a
 * batch (Postgres refuses to touch a row twice in one statement) and sorts it (two batches that lock the same
 * rows in different orders would deadlock).
 */
@Injectable()
export class DeliveriesStore {
  async apply(tx: Queryable, updates: readonly DeliveryUpdated[]): Promise<void> {
    await this.applyStates(tx, updates);
    const attempts = updates.flatMap(({ deliveryId, attempt }) =>
      attempt === undefined ? [] : [{ deliveryId, attempt }],
    );
    if (attempts.length > 0) await this.applyAttempts(tx, attempts);
  }

  /** The highest revision stands, whenever it comes. */
  private async applyStates(tx: Queryable, updates: readonly DeliveryUpdated[]): Promise<void> {
    await tx.query(
      `INSERT INTO delivery (delivery_id, conversion_id, join_id, pixel_id, site_id, chat_id, event_id,
                             event_name, state, revision, joined_at, updated_at, next_attempt_at, note,
                             match_level)
       SELECT DISTINCT ON (delivery_id) *
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[],
                     $8::text[], $9::text[], $10::integer[], $11::timestamptz[], $12::timestamptz[],
                     $13::timestamptz[], $14::text[], $15::text[])
           AS update (delivery_id, conversion_id, join_id, pixel_id, site_id, chat_id, event_id,
                      event_name, state, revision, joined_at, updated_at, next_attempt_at, note, match_level)
        ORDER BY delivery_id, revision DESC
       ON CONFLICT (delivery_id) DO UPDATE
         SET event_name = excluded.event_name, state = excluded.state, revision = excluded.revision,
             updated_at = excluded.updated_at, next_attempt_at = excluded.next_attempt_at, note = excluded.note,
             match_level = excluded.match_level
       WHERE excluded.revision > delivery.revision`,
      [
        updates.map(({ deliveryId }) => deliveryId),
        updates.map(({ conversionId }) => conversionId),
        updates.map(({ joinId }) => joinId),
        updates.map(({ pixelId }) => pixelId),
        updates.map(({ siteId }) => siteId),
        updates.map(({ chatId }) => chatId),
        updates.map(({ eventId }) => eventId),
        updates.map(({ eventName }) => eventName ?? null),
        updates.map(({ state }) => state),
        updates.map(({ revision }) => revision),
        updates.map(({ joinedAt }) => joinedAt),
        updates.map(({ updatedAt }) => updatedAt),
        updates.map(({ nextAttemptAt }) => nextAttemptAt ?? null),
        updates.map(({ note }) => text(note)),
        updates.map(({ matchQuality }) => matchQuality?.level ?? null),
      ],
    );
  }

  /** An attempt is a fact: also that of an update which a later one has overtaken. */
  private async applyAttempts(
    tx: Queryable,
    attempts: readonly { readonly deliveryId: string; readonly attempt: DeliveryAttempt }[],
  ): Promise<void> {
    await tx.query(
      `INSERT INTO attempt (delivery_id, number, started_at, duration_ms, verdict, explanation,
                            http_status, code, message, request_id)
       SELECT DISTINCT ON (delivery_id, number) *
         FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::integer[], $5::text[], $6::text[],
                     $7::integer[], $8::bigint[], $9::text[], $10::text[])
           AS made (delivery_id, number, started_at, duration_ms, verdict, explanation,
                    http_status, code, message, request_id)
        ORDER BY delivery_id, number
       ON CONFLICT (delivery_id, number) DO NOTHING`,
      [
        attempts.map(({ deliveryId }) => deliveryId),
        attempts.map(({ attempt }) => attempt.number),
        attempts.map(({ attempt }) => attempt.startedAt),
        attempts.map(({ attempt }) => attempt.durationMs),
        attempts.map(({ attempt }) => attempt.verdict),
        attempts.map(({ attempt }) => text(attempt.explanation)),
        attempts.map(({ attempt }) => attempt.httpStatus ?? null),
        attempts.map(({ attempt }) => attempt.code ?? null),
        attempts.map(({ attempt }) => text(attempt.message)),
        attempts.map(({ attempt }) => text(attempt.requestId)),
      ],
    );
  }
}
