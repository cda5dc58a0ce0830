import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import { Client, DatabaseError } from 'pg';
import { serverOf, type DatabaseSettings } from './database-settings';
import { DatabaseSetupError } from './database-setup-error';
import { isTransientDatabaseError } from './transient-error';

const RETRY_MS = 500;
const LOG_EVERY_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

const UNKNOWN_DATABASE = '3D000';
const NOT_ALLOWED = '42501';
/** Another instance was faster, and depending on the moment Postgres says it in one way or the other. */
const EXISTS_ALREADY = new Set(['42P04', '23505']);
const REFUSED = new Set(['28000', '28P01']);

/**
 * Returns when the service's database exists and takes connections. Waits for a server that isn't up yet, and makes
 * the database when it is missing; instances that start together don't get in each other's way.
 * @throws DatabaseSetupError after the deadline, or when only a person can help
 */
export async function ensureDatabase(
  settings: DatabaseSettings,
  deadlineMs: number,
  logger: LoggerService,
): Promise<void> {
  const startedAt = performance.now();
  let loggedAt = -Infinity;
  for (;;) {
    try {
      await connectOrCreate(settings, logger);
      return;
    } catch (error) {
      if (!isTransientDatabaseError(error)) throw inPlainWords(error, settings);
      const waitedMs = performance.now() - startedAt;
      const reason = error instanceof Error ? error.message || error.constructor.name : String(error);
      if (waitedMs > deadlineMs) {
        throw new DatabaseSetupError(
          `PostgreSQL at ${serverOf(settings.url)} did not answer within ${deadlineMs} ms (${reason}); start it or correct DATABASE_URL`,
          { cause: error },
        );
      }
      if (performance.now() - loggedAt >= LOG_EVERY_MS) {
        loggedAt = performance.now();
        logger.warn({ server: serverOf(settings.url), reason }, 'waiting for PostgreSQL');
      }
      await sleep(RETRY_MS);
    }
  }
}

async function connectOrCreate(settings: DatabaseSettings, logger: LoggerService): Promise<void> {
  try {
    await within(settings.url, settings, () => Promise.resolve());
  } catch (error) {
    if (codeOf(error) !== UNKNOWN_DATABASE) throw error;
    await within(settings.serverUrl, settings, (client) => create(client, settings));
    logger.log({ database: settings.database }, 'made the database');
  }
}

async function create(client: Client, { database }: DatabaseSettings): Promise<void> {
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } catch (error) {
    if (!EXISTS_ALREADY.has(codeOf(error) ?? '')) throw error;
  }
}

async function within(
  url: string,
  { applicationName }: DatabaseSettings,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A connection that breaks between two statements is an event without a listener otherwise, and ends the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end();
  }
}

function inPlainWords(error: unknown, { database, url }: DatabaseSettings): unknown {
  const user = decodeURIComponent(new URL(url).username) || 'this user';
  const code = codeOf(error) ?? '';
  if (code === NOT_ALLOWED) {
    return new DatabaseSetupError(
      `The database "${database}" is missing and "${user}" may not make it: run CREATE DATABASE "${database}" OWNER "${user}" as an administrator, or ALTER ROLE "${user}" CREATEDB`,
      { cause: error },
    );
  }
  if (REFUSED.has(code)) {
    return new DatabaseSetupError(
      `PostgreSQL at ${serverOf(url)} refuses "${user}"; correct the user and password in DATABASE_URL`,
      { cause: error },
    );
  }
  return error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
