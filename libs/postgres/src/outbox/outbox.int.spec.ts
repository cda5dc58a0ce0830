import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tombstoneOf, type OutboundRecord } from '@clickjoin/contracts';
import { MetricsRegistry } from '@clickjoin/service-kit';
import {
  createTestDatabase,
  eventually,
  spawnSource,
  TcpProxy,
  type SourceProcess,
  type TestDatabase,
} from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { DatabaseSettings } from '../database/database-settings';
import { openDataSource } from '../database/open-data-source';
import { Outbox, type OutboxRecord } from './outbox';
import { measureBacklog, OutboxMetrics } from './outbox-metrics';
import { OutboxMigration } from './outbox.migration';
import { OutboxRelay, type OutboxPublisher, type RelayOptions } from './outbox-relay';
import { OutboxSignal } from './outbox-signal';
import { withOutboxSteps } from './outbox-steps';

Logger.overrideLogger(false);

const record = (
  key: string | number,
  headers: Record<string, string> = { ce_id: String(key) },
): OutboundRecord => ({
  topic: 'a.b.v1',
  key: String(key),
  value: Buffer.from(`value of ${key}`),
  headers,
});
const keys = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index));
/** What a consumer that knows records by their id makes of it. */
const withoutRepeats = (list: readonly string[]): string[] => [...new Set(list)];

/** A log that fails, hangs and watches over overlapping calls on demand. */
class FakeLog implements OutboxPublisher {
  readonly records: OutboxRecord[] = [];
  readonly deadlinesMs: (number | undefined)[] = [];
  failing = false;
  running = 0;
  mostAtOnce = 0;
  stuck: Promise<void> | undefined;

  get keys(): string[] {
    return this.records.map(({ key }) => key);
  }

  async publishAll(
    records: readonly OutboxRecord[],
    { deadlineMs }: { readonly deadlineMs?: number } = {},
  ): Promise<void> {
    this.deadlinesMs.push(deadlineMs);
    this.running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    try {
      if (this.failing) throw new Error('the brokers are away');
      this.records.push(...records);
      await (this.stuck ?? new Promise((resolve) => setImmediate(resolve)));
    } finally {
      this.running -= 1;
    }
  }
}

describe('the outbox', () => {
  let database: TestDatabase;
  let settings: DatabaseSettings;
  let source: DataSource;
  let signal: OutboxSignal;
  let outbox: Outbox;
  let log: FakeLog;
  let relays: OutboxRelay[];

  const newRelay = (
    options: RelayOptions & {
      signal?: OutboxSignal;
      settings?: DatabaseSettings;
      log?: OutboxPublisher;
    } = {},
  ): OutboxRelay => {
    const relay = new OutboxRelay(
      options.settings ?? settings,
      options.log ?? log,
      options.signal ?? signal,
      new OutboxMetrics(new MetricsRegistry()),
      Math.random,
      { pollMs: 1_000, ...options },
    );
    relays.push(relay);
    return relay;
  };
  const rowsLeft = async (): Promise<number> =>
    (await source.query<{ n: number }[]>('SELECT count(*)::integer AS n FROM outbox'))[0]?.n ?? -1;

  beforeAll(async () => {
    database = await createTestDatabase();
    settings = new DatabaseSettings(database.url, 'test', database.name.slice('test_'.length));
    source = await openDataSource(settings, { migrations: withOutboxSteps([OutboxMigration]) });
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });
  beforeEach(async () => {
    await source.query('TRUNCATE outbox');
    source.subscribers.length = 0;
    signal = new OutboxSignal();
    outbox = new Outbox(source, signal);
    log = new FakeLog();
    relays = [];
  });
  afterEach(() => Promise.all(relays.map((relay) => relay.stop())));

  it('carries records unchanged and in order', async () => {
    const headers = { zz: '1', 'content-type': 'application/json', a: 'ä "quoted" \\ \u{1F600}' };
    const odd: OutboundRecord = {
      topic: 't',
      key: 'a,"b"\\{}',
      value: Buffer.from([0, 255, 92, 34, 10]),
      headers,
    };
    await source.transaction(async (tx) => {
      await outbox.add(tx, [odd, ...keys(0, 1_200).map((key) => record(key))]);
      await outbox.add(tx, [record('last')]);
      await outbox.add(tx, []);
    });
    newRelay().start();
    await eventually(async () => expect(await rowsLeft()).toBe(0));
    expect(log.keys).toEqual([odd.key, ...keys(0, 1_200), 'last']);
    expect(log.records[0]).toEqual(odd);
    expect(Object.keys(log.records[0]?.headers ?? {})).toEqual(Object.keys(headers));
  });

  it('carries the removal of a record, in its place', async () => {
    const tombstone = tombstoneOf({ name: 'settings.site.v1' }, 'site-1', { source: 'dashboard' });
    await outbox.append([record(1), tombstone, record(2)]);
    newRelay().start();
    await eventually(async () => expect(await rowsLeft()).toBe(0));
    expect(log.records).toEqual([record(1), tombstone, record(2)]);
  });

  it('carries nothing of a transaction that was rolled back', async () => {
    await expect(
      source.transaction(async (tx) => {
        await outbox.add(tx, [record('never')]);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await outbox.append([record('after')]);
    newRelay().start();
    await eventually(() => expect(log.keys).toEqual(['after']));
  });

  it('refuses records without a transaction, which could go out without their cause', async () => {
    await expect(outbox.add(source.manager, [record(1)])).rejects.toThrow(
      'needs the manager of a transaction',
    );
  });

  it('is woken by a commit in this process, long before the next look', async () => {
    newRelay({ pollMs: 110_000 }).start();
    await eventually(() => expect(signal.leaderIsHere).toBe(true));
    await outbox.append([record(1)]);
    await eventually(() => expect(log.keys).toEqual(['1']), { timeoutMs: 30_000 });
  });

  it('is woken by a commit in another instance, long before the next look', async () => {
    newRelay({ pollMs: 110_000 }).start();
    await eventually(() => expect(signal.leaderIsHere).toBe(true));
    const elsewhere = await openDataSource(settings, { migrations: withOutboxSteps([OutboxMigration]) });
    await new Outbox(elsewhere, new OutboxSignal()).append([record('from elsewhere')]);
    await eventually(() => expect(log.keys).toEqual(['from elsewhere']), { timeoutMs: 30_000 });
    await elsewhere.destroy();
  });

  it('skips no row that commits after a later one', async () => {
    newRelay().start();
    let commit: () => void = () => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    let added: () => void = () => undefined;
    const isAdded = new Promise<void>((resolve) => (added = resolve));
    const slow = source.transaction(async (tx) => {
      await outbox.add(tx, [record('smaller id')]);
      added();
      await mayCommit;
    });
    await isAdded;
    await outbox.append([record('larger id')]);
    await eventually(() => expect(log.keys).toEqual(['larger id']));
    commit();
    await slow;
    await eventually(() => expect(log.keys).toEqual(['larger id', 'smaller id']));
  });

  it('keeps rows and order while the log takes nothing, and says so', async () => {
    log.failing = true;
    const relay = newRelay({ batchSize: 10 });
    relay.start();
    await outbox.append(keys(0, 25).map((key) => record(key)));
    await eventually(() => expect(relay.health().status).toBe('degraded'));
    await outbox.append(keys(25, 25).map((key) => record(key)));
    expect(await rowsLeft()).toBe(50);
    log.failing = false;
    await eventually(async () => expect(await rowsLeft()).toBe(0));
    expect(log.keys).toEqual(keys(0, 50));
    expect(relay.health()).toEqual({ status: 'up', detail: 'relays' });
  });

  it('runs in one instance at a time and moves on when that one stops', async () => {
    const signals = [new OutboxSignal(), new OutboxSignal()];
    const [one, two] = signals.map((own) => newRelay({ signal: own, batchSize: 5, pollMs: 200 }));
    one?.start();
    two?.start();
    await eventually(() => expect(signals.some(({ leaderIsHere }) => leaderIsHere)).toBe(true));
    for (const start of [0, 40, 80]) await outbox.append(keys(start, 40).map((key) => record(key)));
    await eventually(async () => expect(await rowsLeft()).toBe(0));
    expect(signals.filter(({ leaderIsHere }) => leaderIsHere)).toHaveLength(1);
    await (signals[0]?.leaderIsHere === true ? one : two)?.stop();
    await outbox.append(keys(120, 40).map((key) => record(key)));
    await eventually(async () => expect(await rowsLeft()).toBe(0));
    expect(log.keys).toEqual(keys(0, 160));
    expect(log.mostAtOnce).toBe(1);
  });

  it('finishes the batch in hand when it stops, and leaves the rest', async () => {
    let acknowledge: () => void = () => undefined;
    log.stuck = new Promise((resolve) => (acknowledge = resolve));
    const relay = newRelay({ batchSize: 10 });
    await outbox.append(keys(0, 25).map((key) => record(key)));
    relay.start();
    await eventually(() => expect(log.records).toHaveLength(10));
    const stopped = relay.stop();
    acknowledge();
    await stopped;
    expect(log.records).toHaveLength(10);
    expect(await rowsLeft()).toBe(15);
  });

  it('does not wait for ever for a batch that is never acknowledged', async () => {
    log.stuck = new Promise(() => undefined);
    const relay = newRelay({ drainMs: 100 });
    await outbox.append([record(1)]);
    relay.start();
    await eventually(() => expect(log.records).toHaveLength(1));
    await relay.stop();
    expect(await rowsLeft()).toBe(1);
  });

  it('publishes nothing more once its connection with the lock is gone, and the next one takes over', async () => {
    const server = new URL(database.url);
    const proxy = await TcpProxy.listen(Number(server.port), 'raw');
    server.port = String(proxy.port);
    server.hostname = '127.0.0.1';
    const cutOff = new FakeLog();
    let acknowledge: () => void = () => undefined;
    cutOff.stuck = new Promise((resolve) => (acknowledge = resolve));
    const own = new OutboxSignal();
    const victim = newRelay({
      settings: new DatabaseSettings(server.toString(), 'test', database.name.slice('test_'.length)),
      log: cutOff,
      signal: own,
      batchSize: 10,
    });
    await outbox.append(keys(0, 30).map((key) => record(key)));
    victim.start();
    await eventually(() => expect(cutOff.keys).toEqual(keys(0, 10)));
    newRelay({ batchSize: 10, pollMs: 200 }).start();
    proxy.refuse();
    proxy.cut();
    // The new one begins while the old one's batch is still under way: that batch goes out twice, the rest once.
    await eventually(async () => expect(await rowsLeft()).toBe(0));
    acknowledge();
    await eventually(() => expect(own.leaderIsHere).toBe(false));
    expect(cutOff.keys).toEqual(keys(0, 10));
    expect(log.keys).toEqual(keys(0, 30));
    await outbox.append([record(30)]);
    await eventually(() => expect(log.keys).toEqual(keys(0, 31)));
    expect(cutOff.keys).toEqual(keys(0, 10));
    await victim.stop();
    await proxy.close();
  });

  it('does not wait for ever for the answer of a server that went silent', async () => {
    const server = new URL(database.url);
    const proxy = await TcpProxy.listen(Number(server.port), 'raw');
    server.port = String(proxy.port);
    server.hostname = '127.0.0.1';
    const relay = newRelay({
      settings: new DatabaseSettings(server.toString(), 'test', database.name.slice('test_'.length)),
      statementTimeoutMs: 500,
      pollMs: 100,
    });
    relay.start();
    await outbox.append([record(1)]);
    await eventually(() => expect(log.keys).toEqual(['1']));
    proxy.pause();
    await eventually(() => expect(signal.leaderIsHere).toBe(false), { timeoutMs: 30_000 });
    // The server hears of it too, and lets go of the lock.
    proxy.cut();
    proxy.resume();
    await outbox.append([record(2)]);
    await eventually(() => expect(withoutRepeats(log.keys)).toEqual(['1', '2']), { timeoutMs: 30_000 });
    await relay.stop();
    await proxy.close();
  });

  it('gives Kafka the time that a batch may take there, and less than its own session may be idle', async () => {
    await outbox.append([record(1)]);
    newRelay().start();
    await eventually(() => expect(log.deadlinesMs).toHaveLength(1));
    // The publisher tries for 30 s and then waits for a request of 10 s that is out; Postgres ends the session at 60 s.
    expect(log.deadlinesMs[0]).toBeGreaterThan(40_000);
    expect(log.deadlinesMs[0]).toBeLessThan(60_000);
  });

  it('is degraded while a batch is not acknowledged, long before it gives the batch up', async () => {
    let acknowledge: () => void = () => undefined;
    log.stuck = new Promise((resolve) => (acknowledge = resolve));
    const relay = newRelay({ lateAfterMs: 50 });
    relay.start();
    await outbox.append([record(1)]);
    await eventually(() => expect(relay.health().status).toBe('degraded'));
    acknowledge();
    await eventually(() => expect(relay.health()).toEqual({ status: 'up', detail: 'relays' }));
  });

  it('moves on by itself when the server ends all its sessions', async () => {
    const relay = newRelay({ pollMs: 200 });
    relay.start();
    await outbox.append([record(1)]);
    await eventually(() => expect(log.keys).toEqual(['1']));
    for (let round = 2; round < 6; round += 1) {
      await source.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE '%outbox relay'`,
      );
      await outbox.append([record(round)]);
    }
    await eventually(() => expect(withoutRepeats(log.keys)).toEqual(['1', '2', '3', '4', '5']));
    await eventually(() => expect(relay.health().status).toBe('up'));
  });

  it('counts its backlog when the metrics are read', async () => {
    const registry = new MetricsRegistry('s');
    measureBacklog(registry, new OutboxMetrics(registry), source);
    await outbox.append([record(1), record(2)]);
    await source.query("UPDATE outbox SET created_at = now() - interval '90 s' WHERE key = '1'");
    const text = await registry.scrape();
    expect(text).toContain('clickjoin_outbox_backlog_rows{service="s"} 2');
    const age = Number(/clickjoin_outbox_oldest_seconds\{service="s"\} (\S+)/.exec(text)?.[1]);
    expect(age).toBeGreaterThanOrEqual(90);
    expect(age).toBeLessThan(600);
  });

  describe('as processes', () => {
    const children: SourceProcess[] = [];
    let folder: string;
    let file: string;

    const spawnRelay = (mode: 'stuck' | 'works'): SourceProcess => {
      const child = spawnSource(join(__dirname, 'relay-process.fixture.ts'), [
        database.url,
        'test',
        database.name.slice('test_'.length),
        file,
        mode,
      ]);
      child.stderr.pipe(process.stderr, { end: false });
      children.push(child);
      return child;
    };
    const published = async (): Promise<string[]> => (await readFile(file, 'utf8')).trim().split('\n');

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'relay-'));
      file = join(folder, 'log');
    });
    afterEach(async () => {
      for (const child of children.splice(0)) {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'close');
        }
      }
      await rm(folder, { recursive: true });
    });

    it('publishes again what a relay killed between send and delete had in hand; nothing lost, order kept', async () => {
      await outbox.append(keys(0, 90).map((key) => record(key)));
      const victim = spawnRelay('stuck');
      await once(victim.stdout, 'data');
      expect(await published()).toEqual(keys(0, 20));
      expect(await rowsLeft()).toBe(90);

      const heir = spawnRelay('works');
      victim.kill('SIGKILL');
      await once(victim, 'close');
      await eventually(async () => expect(await rowsLeft()).toBe(0), { timeoutMs: 20_000 });
      expect(await published()).toEqual([...keys(0, 20), ...keys(0, 90)]);
      expect(heir.exitCode).toBeNull();
    });
  });
});
