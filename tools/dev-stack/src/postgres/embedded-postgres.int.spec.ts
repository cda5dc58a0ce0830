import { once } from 'node:events';
import { chmod, mkdir, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { CannotStart } from '../infra/cannot-start';
import { freePort } from '../infra/free-ports';
import { type TemporaryFolder, temporaryFolder } from '../infra/temporary-folder';
import { type RunningPostgres, startPostgres } from './embedded-postgres';
import { reachableDataDir } from './reachable-data-dir';

describe('startPostgres', () => {
  let folder: TemporaryFolder;
  let postgres: RunningPostgres;

  beforeAll(async () => {
    folder = await temporaryFolder('postgres-spec');
    postgres = await startPostgres({ dataDir: join(folder.path, 'one') });
  });
  afterAll(async () => {
    await postgres.stop('immediate');
    await folder.remove();
  });

  const query = async (sql: string, url = postgres.url): Promise<unknown[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows.map((row) => Object.values(row)[0]);
    } finally {
      await client.end();
    }
  };

  it('keeps its data and its address over each way to end', async () => {
    await query('CREATE TABLE kept (word text)');
    const { url } = postgres;
    const ways = {
      fast: () => postgres.stop('fast'),
      immediate: () => postgres.stop('immediate'),
      killed: () => postgres.kill('SIGKILL'),
    };
    for (const [word, end] of Object.entries(ways)) {
      await query(`INSERT INTO kept VALUES ('${word}')`);
      await end();
      await expect(query('SELECT 1')).rejects.toThrow();
      await postgres.start();
    }

    expect(postgres.url).toBe(url);
    await expect(query('SELECT word FROM kept')).resolves.toEqual(['fast', 'immediate', 'killed']);
  });

  it('takes up a folder of an earlier run on a new port, with the same password', async () => {
    await query('CREATE TABLE continued ()');
    const { password } = new URL(postgres.url);
    await postgres.stop();

    postgres = await startPostgres({ dataDir: join(folder.path, 'one') });

    expect(new URL(postgres.url).password).toBe(password);
    await expect(query('SELECT count(*)::int FROM continued')).resolves.toEqual([0]);
  });

  it('lets nobody in without the password', async () => {
    const url = new URL(postgres.url);
    url.password = 'guessed';
    await expect(query('SELECT 1', url.toString())).rejects.toThrow('password authentication failed');
  });

  it('commits durably unless told that the data is for throwing away', async () => {
    await expect(query('SHOW fsync')).resolves.toEqual(['on']);
    const throwaway = await startPostgres({ dataDir: join(folder.path, 'two'), durable: false });
    try {
      await expect(query('SHOW fsync', throwaway.url)).resolves.toEqual(['off']);
      await expect(query('SHOW synchronous_commit', throwaway.url)).resolves.toEqual(['on']);
    } finally {
      await throwaway.stop('immediate');
    }
  });

  it('says in one sentence that the port is in use', async () => {
    const port = await freePort();
    const taken = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const starting = startPostgres({ dataDir: join(folder.path, 'three'), port });
      await expect(starting).rejects.toThrow(CannotStart);
      await expect(starting).rejects.toThrow(`Port ${port} for PostgreSQL is in use`);
    } finally {
      taken.close();
    }
  });

  it('makes its folder again when the first making was interrupted', async () => {
    await mkdir(join(folder.path, 'four', 'data', 'base'), { recursive: true });
    const whole = await startPostgres({ dataDir: join(folder.path, 'four'), durable: false });
    await expect(query('SELECT 1', whole.url)).resolves.toEqual([1]);
    await whole.stop('immediate');
  });

  if (process.getuid?.() === 0) {
    it('says in one sentence that a folder is closed to the user it runs as', async () => {
      const closed = join(folder.path, 'closed');
      await mkdir(closed);
      await chmod(closed, 0o700);
      const starting = startPostgres({ dataDir: join(closed, 'data') });
      await expect(starting).rejects.toThrow(CannotStart);
      await expect(starting).rejects.toThrow(`cannot reach ${join(closed, 'data')}`);
    });

    it('keeps its data elsewhere when the wanted folder is closed to the user it runs as', async () => {
      const closed = join(folder.path, 'closed-too');
      await mkdir(closed);
      await chmod(closed, 0o700);
      const wanted = join(closed, 'postgres');
      const dataDir = await reachableDataDir(wanted);
      try {
        expect(dataDir).not.toBe(wanted);
        await expect(realpath(wanted)).resolves.toBe(dataDir);
        const elsewhere = await startPostgres({ dataDir, durable: false });
        await expect(query('SELECT 1', elsewhere.url)).resolves.toEqual([1]);
        await elsewhere.stop('immediate');
        await expect(reachableDataDir(wanted)).resolves.toBe(dataDir);
      } finally {
        await rm(dataDir, { recursive: true });
      }
    });
  }
});
