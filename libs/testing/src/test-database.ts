import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { testInfra } from './infra';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Also ends the sessions that still use it. */
  drop(): Promise<void>;
}

/** An empty database for one spec file. */
export async function createTestDatabase(serverUrl = testInfra().databaseUrl): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    name,
    drop: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
