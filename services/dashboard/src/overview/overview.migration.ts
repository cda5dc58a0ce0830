import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An organic join belongs to no click: it is counted under this, and to its channel's site when somebody looks. */
const NO_SITE = '00000000-0000-0000-0000-000000000000';
const LOCK = `PERFORM pg_advisory_xact_lock(hashtextextended('clickjoin dashboard counts', 0));`;

interface Measure {
  readonly column: string;
  /** How much a row adds. */
  readonly sql: string;
}

/** What the rows of a table add to the sums, once as a row that came and once as one that went. */
interface Counted {
  readonly table: string;
  readonly at: string;
  readonly site: string;
  readonly measures: readonly Measure[];
  /** Sums by label: what is counted, and the label of a row; rows without one are not counted. */
  readonly labels: readonly { readonly measure: string; readonly sql: string }[];
}

const isTrue = (condition: string): string => `coalesce((${condition})::int, 0)`;

const COUNTED: readonly Counted[] = [
  {
    table: 'click',
    at: 'captured_at',
    site: 'site_id',
    measures: [
      { column: 'clicks', sql: '1' },
      { column: 'clicks_attributable', sql: isTrue(`link_kind IN ('stock', 'caller', 'bot-start')`) },
      { column: 'clicks_with_ttclid', sql: isTrue('has_ttclid') },
    ],
    labels: [],
  },
  {
    table: '"join"',
    at: 'joined_at',
    site: `coalesce(site_id, '${NO_SITE}')`,
    measures: [
      { column: 'attributed', sql: isTrue(`outcome = 'attributed'`) },
      { column: 'organic', sql: isTrue(`outcome = 'organic'`) },
      { column: 'waiting', sql: isTrue(`outcome = 'waiting'`) },
      { column: 'own_link', sql: isTrue('link_is_matchable') },
    ],
    labels: [
      { measure: 'reason', sql: `CASE WHEN outcome = 'organic' THEN organic_reason END` },
      { measure: 'match', sql: `CASE WHEN outcome = 'attributed' THEN match_level END` },
    ],
  },
  {
    table: 'accepted_conversion',
    at: 'joined_at',
    site: 'site_id',
    measures: [{ column: 'accepted', sql: '1' }],
    labels: [],
  },
  {
    table: 'delivery',
    at: 'joined_at',
    site: 'site_id',
    measures: [],
    labels: [{ measure: 'state', sql: 'state' }],
  },
];

const nameOf = ({ table }: Counted): string => table.replaceAll('"', '');

/** SQL that adds the rows of `came` and takes away those of `went`. */
function counting({ at, site, measures, labels }: Counted, came: string, went: string | undefined): string {
  const both = (columns: string): string =>
    [
      `SELECT ${columns}, 1 AS sign FROM ${came}`,
      ...(went === undefined ? [] : [`SELECT ${columns}, -1 AS sign FROM ${went}`]),
    ].join(' UNION ALL ');
  const place = `date_bin('15 minutes', ${at}, 'epoch') AS quarter_at, chat_id, ${site} AS site_id`;
  const statements: string[] = [];
  if (measures.length > 0) {
    const names = measures.map(({ column }) => column);
    statements.push(`
      INSERT INTO overview_quarter (quarter_at, chat_id, site_id, ${names.join(', ')})
      SELECT quarter_at, chat_id, site_id, ${names.map((name) => `sum(sign * ${name})`).join(', ')}
        FROM (${both(`${place}, ${measures.map(({ column, sql }) => `${sql} AS ${column}`).join(', ')}`)}) AS changed
       GROUP BY quarter_at, chat_id, site_id
      HAVING ${names.map((name) => `sum(sign * ${name}) <> 0`).join(' OR ')}
       ORDER BY quarter_at, chat_id, site_id
      ON CONFLICT (quarter_at, chat_id, site_id) DO UPDATE
        SET ${names.map((name) => `${name} = overview_quarter.${name} + excluded.${name}`).join(', ')};`);
  }
  for (const { measure, sql } of labels) {
    const label = `${sql} AS label`;
    statements.push(
      countingLabels('overview_label', 'quarter_at', measure, both(`${place}, ${label}`)),
      countingLabels(
        'overview_label_day',
        'day_at',
        measure,
        both(`date_trunc('day', ${at}, 'UTC') AS day_at, chat_id, ${site} AS site_id, ${label}`),
      ),
    );
  }
  return statements.join('\n');
}

const countingLabels = (table: string, grain: string, measure: string, changed: string): string => `
      INSERT INTO ${table} (${grain}, chat_id, site_id, measure, label, n)
      SELECT ${grain}, chat_id, site_id, '${measure}', label, sum(sign)
        FROM (${changed}) AS changed
       WHERE label IS NOT NULL
       GROUP BY ${grain}, chat_id, site_id, label
      HAVING sum(sign) <> 0
       ORDER BY ${grain}, chat_id, site_id, label
      ON CONFLICT (${grain}, chat_id, site_id, measure, label) DO UPDATE
        SET n = ${table}.n + excluded.n;`;

/**
 * Sums by a quarter of an hour, which is what every zone's hours and days are made of (ADR 14). They follow the rows
 * by triggers, in the same transaction: whatever makes a row come, change or go (an event, its duplicate, a replay),
 * the sums are those of the rows. The lock keeps two transactions from waiting for each other's sums.
 */
export class OverviewMigration implements MigrationInterface {
  readonly name = 'Overview1790000000190';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE overview_quarter (
        quarter_at timestamptz NOT NULL,
        chat_id bigint NOT NULL,
        site_id uuid NOT NULL,
        clicks integer NOT NULL DEFAULT 0,
        clicks_attributable integer NOT NULL DEFAULT 0,
        clicks_with_ttclid integer NOT NULL DEFAULT 0,
        attributed integer NOT NULL DEFAULT 0,
        organic integer NOT NULL DEFAULT 0,
        waiting integer NOT NULL DEFAULT 0,
        own_link integer NOT NULL DEFAULT 0,
        accepted integer NOT NULL DEFAULT 0,
        PRIMARY KEY (quarter_at, chat_id, site_id)
      ) WITH (fillfactor = 70)`);
    await runner.query(`CREATE INDEX overview_quarter_by_chat ON overview_quarter (chat_id, quarter_at)`);
    // Labels are asked for as totals of a period: its whole days come from the second table, what is left from the first.
    for (const [table, grain] of [
      ['overview_label', 'quarter_at'],
      ['overview_label_day', 'day_at'],
    ] as const) {
      await runner.query(`
        CREATE TABLE ${table} (
          ${grain} timestamptz NOT NULL,
          chat_id bigint NOT NULL,
          site_id uuid NOT NULL,
          measure text NOT NULL,
          label text NOT NULL,
          n integer NOT NULL,
          PRIMARY KEY (${grain}, chat_id, site_id, measure, label)
        ) WITH (fillfactor = 70)`);
    }
    // A conversion may go to several pixels, and counts once.
    await runner.query(`
      CREATE TABLE accepted_conversion (
        join_id uuid PRIMARY KEY,
        site_id uuid NOT NULL,
        chat_id bigint NOT NULL,
        joined_at timestamptz NOT NULL
      )`);
    for (const counted of COUNTED) await this.follow(runner, counted);
    await this.followAccepted(runner);
    for (const counted of COUNTED) {
      if (counted.table === 'accepted_conversion') continue;
      await runner.query(`DO $do$ BEGIN ${counting(counted, counted.table, undefined)} END $do$`);
    }
    await runner.query(`
      INSERT INTO accepted_conversion (join_id, site_id, chat_id, joined_at)
      SELECT DISTINCT ON (join_id) join_id, site_id, chat_id, joined_at FROM delivery WHERE state = 'accepted'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const counted of COUNTED) {
      for (const change of ['insert', 'update', 'delete'])
        await runner.query(`DROP TRIGGER count_${nameOf(counted)}_${change} ON ${counted.table}`);
      await runner.query(`DROP FUNCTION count_${nameOf(counted)}()`);
    }
    for (const change of ['insert', 'update'])
      await runner.query(`DROP TRIGGER accepted_delivery_${change} ON delivery`);
    await runner.query(`DROP FUNCTION accepted_delivery()`);
    await runner.query(
      `DROP TABLE accepted_conversion, overview_label_day, overview_label, overview_quarter`,
    );
  }

  private async follow(runner: QueryRunner, counted: Counted): Promise<void> {
    const name = `count_${nameOf(counted)}`;
    const nothing = `(SELECT * FROM went WHERE false) AS came`;
    await runner.query(`
      CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN
        ${LOCK}
        IF TG_OP = 'INSERT' THEN ${counting(counted, 'came', undefined)}
        ELSIF TG_OP = 'UPDATE' THEN ${counting(counted, 'came', 'went')}
        ELSE ${counting(counted, nothing, 'went')}
        END IF;
        RETURN NULL;
      END $body$`);
    await runner.query(`
      CREATE TRIGGER ${name}_insert AFTER INSERT ON ${counted.table}
        REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`);
    await runner.query(`
      CREATE TRIGGER ${name}_update AFTER UPDATE ON ${counted.table}
        REFERENCING OLD TABLE AS went NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`);
    await runner.query(`
      CREATE TRIGGER ${name}_delete AFTER DELETE ON ${counted.table}
        REFERENCING OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`);
  }

  /** A conversion is accepted as long as one of its deliveries is: the same after any order of their updates. */
  private async followAccepted(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION accepted_delivery() RETURNS trigger LANGUAGE plpgsql AS $body$
      BEGIN
        ${LOCK}
        INSERT INTO accepted_conversion (join_id, site_id, chat_id, joined_at)
        SELECT DISTINCT ON (join_id) join_id, site_id, chat_id, joined_at
          FROM came WHERE state = 'accepted' ORDER BY join_id
        ON CONFLICT DO NOTHING;
        IF TG_OP = 'UPDATE' THEN
          DELETE FROM accepted_conversion a
           WHERE a.join_id IN (SELECT join_id FROM came WHERE state <> 'accepted')
             AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.join_id = a.join_id AND d.state = 'accepted');
        END IF;
        RETURN NULL;
      END $body$`);
    await runner.query(`
      CREATE TRIGGER accepted_delivery_insert AFTER INSERT ON delivery
        REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION accepted_delivery()`);
    await runner.query(`
      CREATE TRIGGER accepted_delivery_update AFTER UPDATE ON delivery
        REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION accepted_delivery()`);
  }
}
