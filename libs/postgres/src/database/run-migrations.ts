import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';

const LOCK = 'clickjoin migrations';
const RETRY_MS = 100;

/**
 * Brings the schema up to date, one instance at a time. On connections of its own without time limits: an index over
 * a large table takes longer than any statement of the service may.
 */
export async function runMigrations(options: DataSourceOptions, logger: LoggerService): Promise<void> {
  const dataSource = await new DataSource(options).initialize();
  try {
    const holder = dataSource.createQueryRunner();
    try {
      // Asked for again and again: a session that waits inside Postgres would hold a snapshot, on which the other
      // instance's CREATE INDEX CONCURRENTLY waits in turn.
      while (
        !isGranted(
          await holder.query('SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS granted', [LOCK]),
        )
      ) {
        await sleep(RETRY_MS);
      }
      const done = await dataSource.runMigrations({ transaction: 'each' });
      if (done.length > 0) logger.log({ migrations: done.map(({ name }) => name) }, 'migrated the database');
    } finally {
      // The lock goes with the session.
      await holder.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

function isGranted(rows: unknown): boolean {
  return (rows as readonly { granted: boolean }[])[0]?.granted === true;
}
