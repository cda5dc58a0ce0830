import { writeSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { DatabaseSettings } from './database-settings';
import { inOneGo } from './in-one-go';
import { openDataSource } from './open-data-source';
import { isTransientDatabaseError } from './transient-error';

// The output is for the one who ends the connection.
Logger.overrideLogger(false);

/**
 * A process with three statements of one transaction under way on one connection, until that is gone. A promise that
 * nobody looks after would end it with another exit code.
 */
const [, , url = '', prefix = '', service = ''] = process.argv;

async function main(): Promise<void> {
  const dataSource = await openDataSource(new DatabaseSettings(url, prefix, service), {
    migrations: [],
    poolSize: 1,
  });
  const failure: unknown = await dataSource
    .transaction(async (tx) => {
      const [{ pid } = {}]: { pid?: number }[] = await tx.query('SELECT pg_backend_pid() AS pid');
      const statements = [
        tx.query(`SELECT pg_sleep($1)`, [600]),
        tx.query('INSERT INTO kept VALUES ($1)', [1]),
        tx.query('INSERT INTO kept VALUES ($1)', [2]),
      ];
      writeSync(1, `${JSON.stringify({ pid })}\n`);
      await inOneGo(...statements);
    })
    .then(
      () => 'none',
      (error: unknown) => error,
    );
  const after: unknown = await dataSource.query('SELECT count(*)::integer AS kept FROM kept');
  writeSync(1, `${JSON.stringify({ isTransient: isTransientDatabaseError(failure), after })}\n`);
  await dataSource.destroy();
}

void main();
