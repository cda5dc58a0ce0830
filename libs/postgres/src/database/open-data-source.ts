import { Logger } from '@nestjs/common';
import { DataSource, type MixedList, type EntitySchema } from 'typeorm';
import type { MigrationInterface } from 'typeorm';
import { SESSION_OPTIONS, type DatabaseSettings } from './database-settings';
import { ensureDatabase } from './ensure-database';
import { GuardedClient } from './guarded-client';
import { runMigrations } from './run-migrations';
import { SLOW_STATEMENT_MS, TypeormLog } from './typeorm-log';

export interface DatabaseOptions {
  readonly entities?: MixedList<(new () => object) | EntitySchema>;
  /** In any order: TypeORM sorts them by the 13-digit time at the end of their `name`. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Connections of this instance at most; the outbox relay has one more. 10 without it. */
  readonly poolSize?: number;
  /** Longest statement; 30 s without it. */
  readonly statementTimeoutMs?: number;
  /** How long to wait at start for a server that isn't up; 60 s without it. */
  readonly connectDeadlineMs?: number;
}

/**
 * The service's database: made if missing, migrated, connected. BIGINT columns come back as strings (a number would
 * lose digits); `synchronize` is never on.
 * @throws DatabaseSetupError
 */
export async function openDataSource(
  settings: DatabaseSettings,
  {
    entities = [],
    migrations,
    poolSize = 10,
    statementTimeoutMs = 30_000,
    connectDeadlineMs = 60_000,
  }: DatabaseOptions,
): Promise<DataSource> {
  const logger = new Logger('Postgres');
  await ensureDatabase(settings, connectDeadlineMs, logger);

  const base = {
    type: 'postgres' as const,
    url: settings.url,
    applicationName: settings.applicationName,
    entities: entities as MixedList<(new () => object) | EntitySchema>,
    synchronize: false,
    installExtensions: false,
    logger: new TypeormLog(),
    extra: { Client: GuardedClient },
    poolErrorHandler: (error: Error): void =>
      logger.warn({ reason: error.message }, 'lost an idle connection'),
  };
  await runMigrations({ ...base, migrations: [...migrations], poolSize: 2 }, logger);

  const dataSource = new DataSource({
    ...base,
    poolSize,
    maxQueryExecutionTime: SLOW_STATEMENT_MS,
    // For a connection of the pool as well as for a new one: when all are busy, waiting longer helps nobody.
    connectTimeoutMS: 10_000,
    extra: {
      ...base.extra,
      options: SESSION_OPTIONS,
      // Statements that are started without waiting for each other go out together (`inOneGo`).
      pipeline: true,
      namesStatements: true,
      keepAlive: true,
      idleTimeoutMillis: 60_000,
      statement_timeout: statementTimeoutMs,
      lock_timeout: 10_000,
      // A process that stops in the middle of a transaction must not hold its locks for ever.
      idle_in_transaction_session_timeout: 30_000,
    },
  });
  return dataSource.initialize();
}
