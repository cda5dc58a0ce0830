import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * Calls back when a transaction has committed: a worker that is woken earlier would look for rows that nobody can see
 * yet, and then sleep; what is counted earlier is counted again when the transaction is tried again.
 */
export class AfterCommit<T = void> {
  private readonly notes = new WeakMap<QueryRunner, T[]>();

  /** @param callback once a transaction, with what was noted in it, in order. */
  constructor(dataSource: DataSource, callback: (notes: readonly T[]) => void) {
    dataSource.subscribers.push({
      afterTransactionCommit: ({ queryRunner }) => {
        // Also said after a savepoint, when nobody can see the rows yet.
        if (queryRunner.isTransactionActive) return;
        const notes = this.notes.get(queryRunner);
        this.notes.delete(queryRunner);
        if (notes !== undefined) callback(notes);
      },
      // The pool's runners are used again: what was rolled back must not call for the next transaction.
      afterTransactionRollback: ({ queryRunner }) => {
        if (!queryRunner.isTransactionActive) this.notes.delete(queryRunner);
      },
    });
  }

  /** For the transaction that `tx` is in. */
  of(tx: EntityManager, note: T): void {
    if (tx.queryRunner === undefined) return;
    const notes = this.notes.get(tx.queryRunner);
    if (notes === undefined) this.notes.set(tx.queryRunner, [note]);
    else notes.push(note);
  }
}
