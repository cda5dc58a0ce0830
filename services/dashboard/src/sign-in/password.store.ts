import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

@Injectable()
export class PasswordStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Undefined before the first start has set one. */
  async hash(): Promise<string | undefined> {
    const rows: readonly { hash: string }[] = await this.dataSource.query('SELECT hash FROM admin_password');
    return rows[0]?.hash;
  }

  /**
   * Keeps the first password that comes. @param beforeCommit runs only in the instance whose password it becomes,
   * and before anyone can sign in with it: what fails there undoes it.
   */
  setFirst(hash: string, changedAt: Date, beforeCommit: () => void): Promise<void> {
    return this.dataSource.transaction(async (tx) => {
      const rows: readonly unknown[] = await tx.query(
        'INSERT INTO admin_password (hash, changed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
        [hash, changedAt],
      );
      if (rows.length > 0) beforeCommit();
    });
  }

  /**
   * Whoever was signed in by the old password is signed out.
   * @param also in the same transaction, after it
   */
  replace<R>(hash: string, changedAt: Date, also: (tx: EntityManager) => Promise<R>): Promise<R> {
    return this.dataSource.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO admin_password (hash, changed_at) VALUES ($1, $2)
         ON CONFLICT (is_the_one) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`,
        [hash, changedAt],
      );
      await tx.query('DELETE FROM session');
      return also(tx);
    });
  }
}
