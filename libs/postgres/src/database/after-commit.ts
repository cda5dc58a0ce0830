import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * Calls back when a transaction has committed: a worker that is woken earlier would look for rows that nobody can see
 * yet, and then sleep.
 */
export class AfterCommit {
  private readonly expected = new WeakSet<QueryRunner>();

  constructor(dataSource: DataSource, callback: () => void) {
    dataSource.subscribers.push({
      afterTransactionCommit: ({ queryRunner }) => {
        // Also said after a savepoint, when nobody can see the rows yet.
        if (!queryRunner.isTransactionActive && this.expected.delete(queryRunner)) callback();
      },
      // The pool's runners are used again: what was rolled back must not call for the next transaction.
      afterTransactionRollback: ({ queryRunner }) => {
        if (!queryRunner.isTransactionActive) this.expected.delete(queryRunner);
      },
    });
  }

  /** Once, for the transaction that `tx` is in. */
  of(tx: EntityManager): void {
    if (tx.queryRunner !== undefined) this.expected.add(tx.queryRunner);
  }
}
