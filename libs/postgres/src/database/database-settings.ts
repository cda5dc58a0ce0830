import { databaseName } from './database-name';

/** Where a service's database is and how its sessions behave. */
export class DatabaseSettings {
  /** The service's database, by name. */
  readonly database: string;
  readonly applicationName: string;
  /** With the server's own database, or `postgres`: where CREATE DATABASE is said. */
  readonly serverUrl: string;
  /** With the service's database. */
  readonly url: string;

  /** @param serverUrl `postgres://…`; the database in it, if any, is only used to make the service's own. */
  constructor(serverUrl: string, prefix: string, service: string) {
    this.database = databaseName(prefix, service);
    this.applicationName = service;
    this.serverUrl = withDatabase(serverUrl, new URL(serverUrl).pathname.slice(1) || 'postgres');
    this.url = withDatabase(serverUrl, this.database);
  }
}

/** Host and port, for messages: never the user or the password. */
export function serverOf(url: string): string {
  return new URL(url).host || 'the local socket';
}

/**
 * Plans made on an empty table are kept by named statements for the session's life and cost 40 % on the hot path, so
 * every statement is planned for its own values.
 */
export const SESSION_OPTIONS = '-c plan_cache_mode=force_custom_plan';

function withDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  // What stands in the URL takes the place of what stands beside it.
  const options = url.searchParams.get('options');
  if (options !== null) url.searchParams.set('options', `${options} ${SESSION_OPTIONS}`);
  return url.toString();
}
