/**
 * The peer: the same job with a well-kept queue on PostgreSQL. Conversions are read from Kafka in batches; one
 * transaction moves the offset, writes the deliveries and adds a graphile-worker job for each (in one statement). A job
 * makes the request, and writes attempt, state and, if it is to be repeated, the next job, in one statement.
 *
 * It is spared much of what the dispatcher does: it tells Kafka nothing, writes no attempt down before it is made (so a
 * crash forgets it), knows no rate limit, pauses, 48-hour guard or settings, and opens no sealed token. Its own backoff
 * begins at a second and grows by e; it is given the dispatcher's instead, else its last retries would take minutes.
 */
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { decode, topics, tiktokEventIdOf, type ConversionAttributed } from '@clickjoin/contracts';
import { Logger, run, runMigrations, type Task } from 'graphile-worker';
import { Kafka, logLevel } from 'kafkajs';
import { Client, Pool } from 'pg';
import { Pool as HttpPool } from 'undici';

const {
  KAFKA_BROKERS = '',
  TOPIC_PREFIX = '',
  DATABASE_URL = '',
  DATABASE_PREFIX = '',
  TIKTOK_API_URL = '',
  PORT = '',
  PEER_JOBS = '',
  PEER_CONNECTIONS = '',
  RETRY_BASE_MS = '',
} = process.env;
const DATABASE = `${DATABASE_PREFIX}_tiktok_dispatcher`;
const LONGEST_BACKOFF_MS = 30 * 60_000;

interface Job {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly body: string;
}

async function openDatabase(): Promise<Pool> {
  const server = new Client({ connectionString: DATABASE_URL });
  await server.connect();
  await server.query(`CREATE DATABASE ${DATABASE}`);
  await server.end();
  const url = new URL(DATABASE_URL);
  url.pathname = `/${DATABASE}`;
  const pool = new Pool({ connectionString: url.toString(), max: Number(PEER_CONNECTIONS) });
  await pool.query(`
    CREATE TABLE position (topic text, partition integer, next_offset bigint NOT NULL, PRIMARY KEY (topic, partition));
    CREATE TABLE delivery (
      delivery_id uuid PRIMARY KEY, event_id text NOT NULL UNIQUE, state text NOT NULL, attempts int NOT NULL DEFAULT 0,
      next_attempt_at timestamptz, body text NOT NULL
    );
    CREATE TABLE attempt (
      delivery_id uuid REFERENCES delivery, number int, started_at timestamptz NOT NULL, duration_ms int NOT NULL,
      verdict text NOT NULL, http_status int, code int, message text, request_id text,
      PRIMARY KEY (delivery_id, number)
    );`);
  return pool;
}

/** As the dispatcher's, of the same length. */
function bodyOf(event: ConversionAttributed): string {
  const { conversionId, joinedAt, ad, page, visitor, chat } = event;
  return JSON.stringify({
    pixel_code: event.siteId,
    event: 'CompleteRegistration',
    event_id: tiktokEventIdOf(conversionId),
    timestamp: joinedAt,
    context: {
      ad: { callback: ad.ttclid },
      page,
      user: { external_id: '0'.repeat(64), ttp: visitor.ttp },
      ip: visitor.ip,
      user_agent: visitor.userAgent,
    },
    properties: { currency: 'USD', content_name: chat.title },
  });
}

async function queue(
  pool: Pool,
  topic: string,
  partition: number,
  nextOffset: string,
  events: readonly ConversionAttributed[],
): Promise<void> {
  const tx = await pool.connect();
  try {
    await tx.query('BEGIN');
    await tx.query(
      `INSERT INTO position VALUES ($1, $2, $3)
       ON CONFLICT (topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset`,
      [topic, partition, nextOffset],
    );
    await tx.query(
      `WITH added AS (
         INSERT INTO delivery (delivery_id, event_id, state, body)
         SELECT delivery_id, event_id, 'queued', body
         FROM unnest($1::uuid[], $2::text[], $3::text[]) AS e (delivery_id, event_id, body)
         ON CONFLICT DO NOTHING
         RETURNING delivery_id, body
       )
       SELECT count(*) FROM graphile_worker.add_jobs((
         SELECT coalesce(array_agg((
           'send', json_build_object('deliveryId', delivery_id, 'attempt', 1, 'body', body),
           NULL, NULL, NULL, NULL, NULL, NULL
         )::graphile_worker.job_spec), '{}') FROM added))`,
      [
        events.map(() => randomUUID()),
        events.map(({ conversionId }) => tiktokEventIdOf(conversionId)),
        events.map(bodyOf),
      ],
    );
    await tx.query('COMMIT');
  } catch (error) {
    await tx.query('ROLLBACK');
    throw error;
  } finally {
    tx.release();
  }
}

const ATTEMPT = `INSERT INTO attempt VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

function sendTask(pool: Pool, tiktok: HttpPool): Task {
  const basePath = new URL(TIKTOK_API_URL).pathname.replace(/\/$/, '');
  return async (payload) => {
    const { deliveryId, attempt, body } = payload as Job;
    const startedAt = Date.now();
    const response = await tiktok.request({
      method: 'POST',
      path: `${basePath}/pixel/track/`,
      body,
      headers: { 'content-type': 'application/json', 'access-token': 'bench' },
    });
    const answer = (await response.body.json()) as { code: number; message: string; request_id: string };
    const isAccepted = answer.code === 0;
    const values = [
      deliveryId,
      attempt,
      new Date(startedAt),
      Date.now() - startedAt,
      isAccepted ? 'accepted' : 'failed',
      response.statusCode,
      answer.code,
      answer.message,
      answer.request_id,
    ];
    if (isAccepted) {
      await pool.query({
        name: 'accept',
        text: `WITH a AS (${ATTEMPT})
               UPDATE delivery SET state = 'accepted', attempts = $2, next_attempt_at = NULL WHERE delivery_id = $1`,
        values,
      });
      return;
    }
    const windowMs = Math.min(LONGEST_BACKOFF_MS, Number(RETRY_BASE_MS) * 2 ** (attempt - 1));
    const job: Job = { deliveryId, attempt: attempt + 1, body };
    await pool.query({
      name: 'retry',
      text: `WITH a AS (${ATTEMPT}), d AS (
               UPDATE delivery SET state = 'retrying', attempts = $2, next_attempt_at = $10 WHERE delivery_id = $1)
             SELECT FROM graphile_worker.add_job('send', $11, run_at => $10)`,
      values: [...values, new Date(Date.now() + Math.random() * windowMs), JSON.stringify(job)],
    });
  };
}

async function main(): Promise<void> {
  const pool = await openDatabase();
  const tiktok = new HttpPool(new URL(TIKTOK_API_URL).origin, { connections: null, pipelining: 1 });
  const logger = new Logger(() => (level: string, message) => {
    if (level === 'error') process.stderr.write(`${message}\n`);
  });
  await runMigrations({ pgPool: pool, logger });
  const runner = await run({
    pgPool: pool,
    logger,
    noHandleSignals: true,
    concurrency: Number(PEER_JOBS),
    // What is due for a retry is found by looking, and by nothing else.
    pollInterval: 200,
    taskList: { send: sendTask(pool, tiktok) },
  });
  const kafka = new Kafka({ clientId: 'peer', brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
  const topic = `${TOPIC_PREFIX}${topics.conversionAttributed.name}`;
  const consumer = kafka.consumer({ groupId: `${TOPIC_PREFIX}peer`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 3,
    eachBatch: async ({ batch }) => {
      const events = batch.messages.flatMap(({ value }) => {
        const decoded = decode(topics.conversionAttributed, value);
        return decoded.ok ? [decoded.event] : [];
      });
      const nextOffset = String(BigInt(batch.lastOffset()) + 1n);
      await queue(pool, topic, batch.partition, nextOffset, events);
    },
  });
  await joined;
  createServer((_request, response) => response.end('ready')).listen(Number(PORT), '127.0.0.1');
  process.on('SIGTERM', () => {
    void Promise.all([consumer.disconnect(), runner.stop()]).finally(() => process.exit(0));
  });
}

void main();
