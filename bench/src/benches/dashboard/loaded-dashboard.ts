import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  freePort,
  ServiceProcess,
  startKafka,
  startPostgres,
  temporaryFolder,
  type RunningKafka,
  type RunningPostgres,
} from '@clickjoin/dev-stack';
import { Client } from 'pg';

export const SITE_ID = '01890000-0000-7000-8000-000000000001';
export const PIXEL_ID = '01890000-0000-7000-8000-000000000002';
const OTHER_SITE_ID = '01890000-0000-7000-8000-000000000003';
const PASSWORD = 'bench password of nobody';
const DATABASE = 'bench_dashboard';
export const CHANNELS = 20;
export const DAYS = 90;
const ROWS_AT_ONCE = 100_000;

/**
 * The dashboard as a process, with its read models filled by SQL: 20 channels, half of them of the site that is looked
 * at, over 90 days. Every other join is attributed; every tenth delivery was rejected.
 */
export class LoadedDashboard {
  private cookie = '';

  private constructor(
    private readonly kafka: RunningKafka,
    private readonly postgres: RunningPostgres,
    private readonly process: ServiceProcess,
    private readonly removeData: () => Promise<void>,
  ) {}

  static async start(joins: number, say: (text: string) => void): Promise<LoadedDashboard> {
    const folder = await temporaryFolder('bench-dashboard');
    const kafka = await startKafka({ dataDir: `${folder.path}/kafka`, heapMb: 384 });
    const postgres = await startPostgres({ dataDir: `${folder.path}/postgres`, durable: false });
    const port = await freePort();
    const process = new ServiceProcess({
      name: 'dashboard',
      entry: join(__dirname, '../../../../services/dashboard/dist/main.js'),
      env: {
        PORT: String(port),
        KAFKA_BROKERS: kafka.brokers,
        TOPIC_PARTITIONS: '3',
        DATABASE_URL: postgres.url,
        DATABASE_PREFIX: 'bench',
        SECRET_KEYS: `bench:${randomBytes(32).toString('base64')}`,
        ADMIN_PASSWORD: PASSWORD,
        LOG_LEVEL: 'error',
      },
      port,
    });
    // Makes the tables.
    await process.start();
    const dashboard = new LoadedDashboard(kafka, postgres, process, () => folder.remove());
    await dashboard.fill(joins, say);
    await dashboard.signIn();
    return dashboard;
  }

  /** @returns the answer's JSON. @throws for any other answer than 200 */
  async ask<T>(path: string): Promise<T> {
    const response = await fetch(`${this.process.url}${path}`, { headers: { cookie: this.cookie } });
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await this.kafka.stop();
    await this.postgres.stop();
    await this.removeData();
  }

  private async fill(joins: number, say: (text: string) => void): Promise<void> {
    const url = new URL(this.postgres.url);
    url.pathname = `/${DATABASE}`;
    const client = new Client({ connectionString: url.toString() });
    await client.connect();
    try {
      for (const [id, name] of [
        [SITE_ID, 'Bench'],
        [OTHER_SITE_ID, 'Another'],
      ])
        await client.query(
          `INSERT INTO site (site_id, name, allowed_origins, version, configured_at) VALUES ($1, $2, '{}', 1, now())`,
          [id, name],
        );
      await client.query(
        `INSERT INTO channel (chat_id, type, title, is_public, observed_at, site_id)
         SELECT -1000 - n, 'channel', 'Channel ' || n, false, now(), CASE WHEN n % 2 = 0 THEN $1::uuid ELSE $2 END
           FROM generate_series(0, $3 - 1) AS n`,
        [SITE_ID, OTHER_SITE_ID, CHANNELS],
      );
      for (let from = 0; from < joins; from += ROWS_AT_ONCE) {
        const to = Math.min(joins, from + ROWS_AT_ONCE);
        for (const statement of FILLS) await client.query(statement, [from, to - 1, joins]);
        say(`${to} of ${joins} joins loaded`);
      }
      await client.query('VACUUM ANALYZE');
    } finally {
      await client.end();
    }
  }

  private async signIn(): Promise<void> {
    const response = await fetch(`${this.process.url}/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: PASSWORD }),
    });
    if (response.status !== 204) throw new Error(`cannot sign in: ${response.status}`);
    this.cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  }
}

const idOf = (kind: string): string => `md5('${kind}' || n)::uuid`;
const AT = `date_trunc('hour', now()) - (n::double precision / $3) * interval '${DAYS} days'`;
const CHAT = `-1000 - n % ${CHANNELS}`;
const SITE = `CASE WHEN n % 2 = 0 THEN '${SITE_ID}'::uuid ELSE '${OTHER_SITE_ID}' END`;
/** Independent of the channel's number. */
const IS_ATTRIBUTED = `(n / ${CHANNELS}) % 2 = 0`;

/** $1 to $2: numbers of rows; $3: how many there will be. */
const FILLS = [
  `INSERT INTO click (click_id, site_id, chat_id, captured_at, link_kind, has_ttclid)
   SELECT ${idOf('click')}, ${SITE}, ${CHAT}, ${AT}, 'stock', true FROM generate_series($1::int, $2::int) AS n`,
  `INSERT INTO "join" (join_id, chat_id, joined_at, telegram_user_id, bot_id, route, has_link, link_is_own,
                       link_is_matchable, conversion_id, click_id, site_id, method, clicked_at, click_age_ms,
                       has_ttclid, has_ip, has_user_agent, match_level, organic_reason)
   SELECT ${idOf('join')}, ${CHAT}, ${AT}, 8000000000 + n, 7000000001, 'invite-link', true, true, ${IS_ATTRIBUTED},
          CASE WHEN ${IS_ATTRIBUTED} THEN ${idOf('conversion')} END,
          CASE WHEN ${IS_ATTRIBUTED} THEN ${idOf('click')} END,
          CASE WHEN ${IS_ATTRIBUTED} THEN ${SITE} END,
          CASE WHEN ${IS_ATTRIBUTED} THEN 'invite-link' END,
          CASE WHEN ${IS_ATTRIBUTED} THEN ${AT} END, 60000, true, true, true,
          CASE WHEN ${IS_ATTRIBUTED} THEN 'high' END,
          CASE WHEN NOT ${IS_ATTRIBUTED} THEN (ARRAY['no-invite-link', 'link-not-ours', 'no-click'])[1 + n % 3] END
     FROM generate_series($1::int, $2::int) AS n`,
  `INSERT INTO delivery (delivery_id, conversion_id, join_id, pixel_id, site_id, chat_id, event_id, event_name, state,
                         revision, joined_at, updated_at)
   SELECT ${idOf('delivery')}, ${idOf('conversion')}, ${idOf('join')}, '${PIXEL_ID}', ${SITE}, ${CHAT},
          'adtarget_' || n, 'CompleteRegistration', CASE WHEN n % 10 = 0 THEN 'rejected' ELSE 'accepted' END, 2,
          ${AT}, ${AT}
     FROM generate_series($1::int, $2::int) AS n WHERE ${IS_ATTRIBUTED}`,
  `INSERT INTO attempt (delivery_id, number, started_at, duration_ms, verdict, explanation, http_status, code)
   SELECT ${idOf('delivery')}, 1, ${AT}, 120, CASE WHEN n % 10 = 0 THEN 'rejected' ELSE 'accepted' END, 'In words.',
          200, 0
     FROM generate_series($1::int, $2::int) AS n WHERE ${IS_ATTRIBUTED}`,
] as const;
