import { Injectable } from '@nestjs/common';
// Nest injects by the class itself.
import { DataSource, type EntityManager } from 'typeorm';
import { isTransientDatabaseError } from '../database/transient-error';

export interface OffsetMove {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Where the owner believes the partition to be; undefined when it was never worked on. */
  readonly from: bigint | undefined;
  /** Offset of the first message that is not part of this work. */
  readonly to: bigint;
}

/** `fenced`: somebody else moved the partition. Nothing of the work has happened; drop the batch. */
export type FencedResult<R> = { readonly kind: 'committed'; readonly value: R } | { readonly kind: 'fenced' };

/** Rolls the transaction back without being a failure. */
class Fenced extends Error {}

/**
 * The offset and the effects of a batch in one transaction, decided by compare-and-set: of two owners of a partition
 * one moves the offset, and the other's work is undone before it begins. Kafka's committed offset is only a hint.
 */
@Injectable()
export class FencedTransactions {
  constructor(private readonly dataSource: DataSource) {}

  /** The next offset to be worked on; undefined when there is none. */
  async position(group: string, topic: string, partition: number): Promise<bigint | undefined> {
    const rows: readonly { next_offset: string }[] = await this.dataSource.query(
      'SELECT next_offset FROM consumer_offset WHERE consumer_group = $1 AND topic = $2 AND partition = $3',
      [group, topic, partition],
    );
    return rows[0] === undefined ? undefined : BigInt(rows[0].next_offset);
  }

  /** All positions of a topic, by partition. @param tx to see them as of that transaction. */
  async positions(
    group: string,
    topic: string,
    tx: EntityManager = this.dataSource.manager,
  ): Promise<Map<number, bigint>> {
    const rows: readonly { partition: number; next_offset: string }[] = await tx.query(
      'SELECT partition, next_offset FROM consumer_offset WHERE consumer_group = $1 AND topic = $2',
      [group, topic],
    );
    return new Map(rows.map(({ partition, next_offset }) => [partition, BigInt(next_offset)]));
  }

  /** For the batch server, so that it tries again instead of looking for a poison message. */
  isTransient(error: unknown): boolean {
    return isTransientDatabaseError(error);
  }

  /**
   * Does the work if the partition still is where the caller believes it to be. May be called again after any error:
   * if a lost connection hid a commit, the repetition is fenced.
   * @throws RangeError when the move goes nowhere, since such a move would not fence
   */
  async run<R>(move: OffsetMove, work: (tx: EntityManager) => Promise<R>): Promise<FencedResult<R>> {
    if (move.to <= (move.from ?? -1n)) {
      throw new RangeError(
        `an offset moves forward only, not from ${String(move.from)} to ${String(move.to)}`,
      );
    }
    try {
      const value = await this.dataSource.transaction(async (tx) => {
        // First, so that the other owner waits here for this row, and not in the middle of its work.
        if (!(await moveOffset(tx, move))) throw new Fenced();
        return work(tx);
      });
      return { kind: 'committed', value };
    } catch (error) {
      if (error instanceof Fenced) return { kind: 'fenced' };
      throw error;
    }
  }
}

async function moveOffset(
  tx: EntityManager,
  { group, topic, partition, from, to }: OffsetMove,
): Promise<boolean> {
  if (from === undefined) {
    const inserted: readonly unknown[] = await tx.query(
      `INSERT INTO consumer_offset (consumer_group, topic, partition, next_offset) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [group, topic, partition, to.toString()],
    );
    return inserted.length === 1;
  }
  const [, moved]: [unknown, number] = await tx.query(
    `UPDATE consumer_offset SET next_offset = $5
     WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND next_offset = $4`,
    [group, topic, partition, from.toString(), to.toString()],
  );
  return moved === 1;
}
