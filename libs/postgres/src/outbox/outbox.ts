import type { OutboundRecord, TombstoneRecord } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
// Nest injects by the classes themselves.
import { DataSource, type EntityManager } from 'typeorm';
import { AfterCommit } from '../database/after-commit';
import { byteaArray, jsonArray, textArray } from '../database/array-parameter';
import { OUTBOX_CHANNEL, OutboxSignal } from './outbox-signal';

/** An event's (`encode`), or the removal of a record (`tombstoneOf`). */
export type OutboxRecord = OutboundRecord | TombstoneRecord;

/**
 * Records that belong to a transaction: if it commits they reach Kafka, if not they never existed. The relay takes
 * them there in order, at least once.
 */
@Injectable()
export class Outbox {
  private readonly afterCommit: AfterCommit;

  constructor(
    private readonly dataSource: DataSource,
    private readonly signal: OutboxSignal,
  ) {
    this.afterCommit = new AfterCommit(dataSource, () => signal.wake());
  }

  /**
   * Adds the records in this order, in one statement. A transaction of its own after another one is behind it; the
   * order between two at the same time is open, so equal keys must not be worked on at the same time (bucket lock).
   * @throws Error outside a transaction, since the records could then go out without their cause
   */
  async add(tx: EntityManager, records: readonly OutboxRecord[]): Promise<void> {
    if (tx.queryRunner?.isTransactionActive !== true)
      throw new Error('Outbox.add needs the manager of a transaction');
    if (records.length === 0) return;
    // The ids are drawn after the sort. The CTE saves the notification a round trip.
    await tx.query(
      `WITH added AS (
         INSERT INTO outbox (topic, key, value, headers)
         SELECT topic, key, value, headers
         FROM unnest($1::text[], $2::text[], $3::bytea[], $4::json[])
           WITH ORDINALITY AS record (topic, key, value, headers, position)
         ORDER BY position
       )
       SELECT pg_notify($5, '') WHERE $6::boolean`,
      [
        textArray(records.map(({ topic }) => topic)),
        textArray(records.map(({ key }) => key)),
        byteaArray(records.map(({ value }) => value)),
        jsonArray(records.map(({ headers }) => JSON.stringify(headers))),
        OUTBOX_CHANNEL,
        !this.signal.leaderIsHere,
      ],
    );
    this.afterCommit.of(tx);
  }

  /** The same in a transaction of its own: the spool for what Kafka doesn't take at the moment. */
  async append(records: readonly OutboxRecord[]): Promise<void> {
    await this.dataSource.transaction((tx) => this.add(tx, records));
  }
}
