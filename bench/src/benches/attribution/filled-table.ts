import { topics } from '@clickjoin/contracts';
import type { Ground } from './ground';
import { Visitor } from './invented-log';
import { attributionService, databaseOf, newDatabasePrefix } from './processes';

/**
 * A database in which a week's clicks lie already, to be copied for each run. Made from one click that the service
 * itself has stored, so that it stays right when the table changes.
 * @returns its prefix
 */
export async function fillTable(ground: Ground, clicks: number): Promise<string> {
  const databasePrefix = newDatabasePrefix();
  const log = await ground.openLog();
  const service = await attributionService(ground, log, { databasePrefix });
  try {
    await service.start();
    const seed = new Visitor(0, log.prefix);
    await log.publisher.publish(seed.click());
    await untilStored(ground, databaseOf(databasePrefix));
  } finally {
    await service.stop();
    await log.close();
  }
  // For the sessions of the filling: VACUUM logs each page whole, and the rows are much alike. The copies don't have it.
  await ground.sql(`ALTER DATABASE ${databaseOf(databasePrefix)} SET wal_compression = on`);
  await ground.sql(fillStatements(clicks), databaseOf(databasePrefix));
  await ground.sql('VACUUM ANALYZE click', databaseOf(databasePrefix));
  return databasePrefix;
}

/**
 * The seed's values in all columns that the table has, but for the two keys. In the order of the primary key, or its
 * index is written a page at a time for each row, and whole into the write-ahead log after each checkpoint.
 */
const fillStatements = (clicks: number): string => `
  SET work_mem = '256MB';
  DO $$
  DECLARE names text; filled text;
  BEGIN
    SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position),
           string_agg(CASE column_name
                        WHEN 'click_key' THEN 'encode(key.hash, ''hex'')'
                        WHEN 'click_id' THEN 'gen_random_uuid()'
                        ELSE 'seed.' || quote_ident(column_name) END, ', ' ORDER BY ordinal_position)
      INTO names, filled
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'click';
    EXECUTE format(
      'INSERT INTO click (%s) SELECT %s
         FROM (SELECT * FROM click LIMIT 1) AS seed,
              (SELECT sha256(int8send(n)) AS hash FROM generate_series(1::bigint, ${clicks}) AS n ORDER BY 1) AS key',
      names, filled);
  END $$;
  DELETE FROM consumer_offset WHERE topic = '${topics.clickCaptured.name}';`;

/** @returns the prefix of a copy */
export async function copyOf(ground: Ground, databasePrefix: string): Promise<string> {
  const copy = newDatabasePrefix();
  await ground.sql(
    `CREATE DATABASE ${databaseOf(copy)} TEMPLATE ${databaseOf(databasePrefix)} STRATEGY file_copy`,
  );
  return copy;
}

export const dropDatabase = (ground: Ground, databasePrefix: string): Promise<void> =>
  ground.sql(`DROP DATABASE IF EXISTS ${databaseOf(databasePrefix)} WITH (FORCE)`);

async function untilStored(ground: Ground, database: string): Promise<void> {
  // Fails for as long as there is none.
  for (let tries = 0; ; tries += 1) {
    try {
      await ground.sql('SELECT 1 / count(*) FROM click', database);
      return;
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
