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
  await ground.sql(
    `INSERT INTO click
     SELECT (jsonb_populate_record(seed.click, jsonb_build_object(
              'click_key', encode(sha256(n::text::bytea), 'hex'), 'click_id', gen_random_uuid()))).*
       FROM (SELECT click FROM click LIMIT 1) AS seed, generate_series(1, ${clicks}) AS n;
     DELETE FROM consumer_offset WHERE topic = '${topics.clickCaptured.name}';`,
    databaseOf(databasePrefix),
  );
  await ground.sql('VACUUM ANALYZE click', databaseOf(databasePrefix));
  return databasePrefix;
}

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
