import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * Calls back when a transaction has committed: a worker that is woken earlier would look for rows that nobody can see
 * yet, and then sleep.
 */
export class WakeAfterCommit {
  private readonly expected = new WeakSet<QueryRunner>();

  constructor(dataSource: DataSource, wake: () => void) {
    dataSource.subscribers.push({
      afterTransactionCommit: ({ queryRunner }) => {
        // Also said after a savepoint.
        if (!queryRunner.isTransactionActive && this.expected.delete(queryRunner)) wake();
      },
      // The pool's runners are used again: what was rolled back must not wake for the next transaction.
      afterTransactionRollback: ({ queryRunner }) => {
        if (!queryRunner.isTransactionActive) this.expected.delete(queryRunner);
      },
    });
  }

  when(tx: EntityManager): void {
    if (tx.queryRunner !== undefined) this.expected.add(tx.queryRunner);
  }
}
