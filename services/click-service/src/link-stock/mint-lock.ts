import type { DataSource, EntityManager } from 'typeorm';

/**
 * Runs `work` as the one minter of this bot over all instances. The lock lives in the session, and `work` writes
 * through the same session: who loses the connection loses the lock and can write no more.
 * @returns false when another instance is at it
 */
export async function withMintLock(
  dataSource: DataSource,
  botId: string,
  work: (session: EntityManager) => Promise<void>,
): Promise<boolean> {
  const lock = [`clickjoin mint ${botId}`];
  const runner = dataSource.createQueryRunner();
  try {
    const [row] = await runner.manager.query<{ granted: boolean }[]>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS granted',
      lock,
    );
    if (row?.granted !== true) return false;
    try {
      await work(runner.manager);
    } finally {
      await runner.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', lock);
    }
    return true;
  } finally {
    await runner.release();
  }
}
