/**
 * The peer: the same job as one would write it first. One message, one transaction: remember the offset, lock the
 * link, store, look for the other half, write the conversion into an outbox; a loop moves it to Kafka in batches. It
 * has the same guarantees for a click and a join of one link, and less to do: it closes no waiting joins and knows
 * no window. Without an ORM, which would only make it slower.
 */
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type ClickCaptured,
  conversionIdOf,
  type ConversionAttributed,
  decode,
  encode,
  type JoinReceived,
  topics,
} from '@clickjoin/contracts';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { Client, Pool, type PoolClient } from 'pg';

const {
  KAFKA_BROKERS = '',
  TOPIC_PREFIX = '',
  DATABASE_URL = '',
  DATABASE_PREFIX = '',
  PORT = '',
} = process.env;
const DATABASE = `${DATABASE_PREFIX}_attribution_service`;
const CONCURRENTLY = 6;
const RELAY_BATCH = 500;

async function openDatabase(): Promise<Pool> {
  const server = new Client({ connectionString: DATABASE_URL });
  await server.connect();
  await server.query(`CREATE DATABASE ${DATABASE}`);
  await server.end();
  const url = new URL(DATABASE_URL);
  url.pathname = `/${DATABASE}`;
  const pool = new Pool({ connectionString: url.toString(), max: CONCURRENTLY + 2 });
  await pool.query(`
    CREATE TABLE position (topic text, partition integer, next_offset bigint NOT NULL, PRIMARY KEY (topic, partition));
    CREATE TABLE click (link_key text PRIMARY KEY, event json NOT NULL, converted boolean NOT NULL DEFAULT false);
    CREATE TABLE "join" (join_id uuid PRIMARY KEY, link_key text, event json NOT NULL, state text NOT NULL);
    CREATE INDEX ON "join" (link_key) WHERE state = 'waiting';
    CREATE TABLE outbox (id bigserial PRIMARY KEY, key text NOT NULL, value bytea NOT NULL, headers json NOT NULL);
  `);
  return pool;
}

async function inTransaction(pool: Pool, work: (tx: PoolClient) => Promise<void>): Promise<void> {
  const tx = await pool.connect();
  try {
    await tx.query('BEGIN');
    await work(tx);
    await tx.query('COMMIT');
  } catch (error) {
    await tx.query('ROLLBACK');
    throw error;
  } finally {
    tx.release();
  }
}

const lock = (tx: PoolClient, linkKey: string) =>
  tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [linkKey]);

async function onClick(tx: PoolClient, click: ClickCaptured): Promise<void> {
  if (click.linkKey === undefined) return;
  await lock(tx, click.linkKey);
  const inserted = await tx.query(
    'INSERT INTO click (link_key, event) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1',
    [click.linkKey, JSON.stringify(click)],
  );
  if (inserted.rowCount === 0) return;
  const { rows } = await tx.query<{ event: JoinReceived }>(
    `SELECT event FROM "join" WHERE link_key = $1 AND state = 'waiting'`,
    [click.linkKey],
  );
  const [first] = rows;
  if (first === undefined) return;
  await tx.query(`UPDATE "join" SET state = 'attributed' WHERE join_id = $1`, [first.event.joinId]);
  await convert(tx, click, first.event);
}

async function onJoin(tx: PoolClient, join: JoinReceived): Promise<void> {
  const key = join.link?.key;
  if (key !== undefined) await lock(tx, key);
  const found =
    key === undefined
      ? undefined
      : await tx.query<{ event: ClickCaptured }>(
          'SELECT event FROM click WHERE link_key = $1 AND NOT converted',
          [key],
        );
  const click = found?.rows[0]?.event;
  const state = key === undefined ? 'organic' : click === undefined ? 'waiting' : 'attributed';
  const inserted = await tx.query(
    'INSERT INTO "join" (join_id, link_key, event, state) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1',
    [join.joinId, key ?? null, JSON.stringify(join), state],
  );
  if (inserted.rowCount === 1 && click !== undefined) await convert(tx, click, join);
}

async function convert(tx: PoolClient, click: ClickCaptured, join: JoinReceived): Promise<void> {
  const event: ConversionAttributed = {
    conversionId: conversionIdOf(join.joinId),
    joinId: join.joinId,
    clickId: click.clickId,
    siteId: click.siteId,
    chatId: join.chatId,
    chat: join.chat,
    method: 'invite-link',
    joinedAt: join.joinedAt,
    clickedAt: click.capturedAt,
    clickAgeMs: Date.parse(join.joinedAt) - Date.parse(click.capturedAt),
    ad: click.ad,
    page: click.page,
    visitor: click.visitor,
    person: join.person,
  };
  const { key, value, headers } = encode(topics.conversionAttributed, event, { source: 'peer' });
  await tx.query('UPDATE click SET converted = true WHERE link_key = $1', [click.linkKey]);
  await tx.query('INSERT INTO outbox (key, value, headers) VALUES ($1, $2, $3)', [
    key,
    value,
    JSON.stringify(headers),
  ]);
}

async function main(): Promise<void> {
  const pool = await openDatabase();
  const kafka = new Kafka({ clientId: 'peer', brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({
    groupId: `${TOPIC_PREFIX}peer-${DATABASE_PREFIX}`,
    maxWaitTimeInMs: 100,
  });
  await Promise.all([producer.connect(), consumer.connect()]);
  const clicks = `${TOPIC_PREFIX}${topics.clickCaptured.name}`;
  const joins = `${TOPIC_PREFIX}${topics.joinReceived.name}`;
  await consumer.subscribe({ topics: [clicks, joins], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: CONCURRENTLY,
    eachMessage: ({ topic, partition, message }) =>
      inTransaction(pool, async (tx) => {
        await tx.query(
          `INSERT INTO position VALUES ($1, $2, $3)
           ON CONFLICT (topic, partition) DO UPDATE SET next_offset = EXCLUDED.next_offset`,
          [topic, partition, String(BigInt(message.offset) + 1n)],
        );
        if (topic === clicks) {
          const decoded = decode(topics.clickCaptured, message.value);
          if (decoded.ok) await onClick(tx, decoded.event);
        } else {
          const decoded = decode(topics.joinReceived, message.value);
          if (decoded.ok) await onJoin(tx, decoded.event);
        }
      }),
  });
  createServer((_request, response) => response.end('ready')).listen(Number(PORT), '127.0.0.1');

  let isStopping = false;
  process.on('SIGTERM', () => {
    isStopping = true;
  });
  while (!isStopping) {
    const { rows } = await pool.query<{
      id: string;
      key: string;
      value: Buffer;
      headers: Record<string, string>;
    }>('SELECT id, key, value, headers FROM outbox ORDER BY id LIMIT $1', [RELAY_BATCH]);
    if (rows.length > 0) {
      await producer.send({
        topic: `${TOPIC_PREFIX}${topics.conversionAttributed.name}`,
        acks: -1,
        messages: rows,
      });
      await pool.query('DELETE FROM outbox WHERE id = ANY ($1::bigint[])', [rows.map(({ id }) => id)]);
    } else await pause(20);
  }
  await consumer.disconnect();
  await producer.disconnect();
  await pool.end();
  process.exit(0);
}

void main();
