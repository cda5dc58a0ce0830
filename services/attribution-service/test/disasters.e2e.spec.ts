import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { topics, type TopicDefinition } from '@clickjoin/contracts';
import { KafkaClient, Publisher, TopicProvisioner } from '@clickjoin/kafka';
import {
  freePorts,
  readTopic,
  type RunningKafka,
  type RunningPostgres,
  ServiceProcess,
  startKafka,
  startPostgres,
  type TemporaryFolder,
  temporaryFolder,
} from '@clickjoin/dev-stack';
import { eventually, spawnSource, uniquePrefix } from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import { type Books, closeBooks, type Logged } from './books';
import { KILL_POINTS } from './kill-points';
import { seededRandom, traffic } from './traffic';

/**
 * The service as processes with real Kafka and PostgreSQL, killed, frozen and cut off while visitors come. Whatever
 * happens, the books balance: each join is attributed or organic as the whole log says, once.
 */
const SEED = Number(process.env['DISASTER_SEED'] ?? Date.now() % 1_000_000);
/** Longer and busier on request: 1 is what CI has time for. */
const SCALE = Number(process.env['DISASTER_SCALE'] ?? 1);
const PER_SECOND = 60;
const PARTITIONS = 4;
const SETTLE_MS = 60_000;

const REGISTER_SOURCE = join(
  dirname(require.resolve('@clickjoin/testing/package.json')),
  'register-source.cjs',
);
const ENTRY = join(__dirname, 'attribution-process.ts');

let folder: TemporaryFolder;
let kafka: RunningKafka;
let postgres: RunningPostgres;
const systems: System[] = [];

/** One installation: its own topics and database, any number of instances. */
class System {
  readonly prefix = uniquePrefix('disaster');
  readonly client = new KafkaClient({
    clientId: 'visitors',
    brokers: [kafka.brokers],
    topicPrefix: this.prefix,
    partitions: PARTITIONS,
  });
  private readonly publisher = new Publisher(this.client, { deadlineMs: SETTLE_MS });
  private readonly random: () => number;
  private readonly instances: ServiceProcess[] = [];
  private visitors = 0;
  private isClosed = false;
  /** The latest words of the instances, for a failure. */
  private readonly said: string[] = [];

  constructor(readonly seed: number) {
    this.random = seededRandom(seed);
    systems.push(this);
  }

  async open(): Promise<void> {
    await new TopicProvisioner(this.client).ensure([
      topics.clickCaptured,
      topics.joinReceived,
      topics.botStarted,
    ]);
    await this.publisher.connect();
  }

  /** The command, as a process beside the running instances. */
  async rebuild(): Promise<{ code: number | null; output: string }> {
    const command = spawnSource(join(__dirname, '../src/rebuild/main.ts'), [], this.environment());
    let output = '';
    for (const stream of [command.stdout, command.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [code] = (await once(command, 'close')) as [number | null];
    return { code, output };
  }

  /** An instance, not started yet. */
  async instance(...args: readonly string[]): Promise<ServiceProcess> {
    const [port = 0] = await freePorts(1);
    const name = `${this.prefix}${this.instances.length + 1}`;
    const service = new ServiceProcess({
      name,
      entry: ENTRY,
      args,
      port,
      env: {
        NODE_OPTIONS: `--conditions=@clickjoin/source --require=${REGISTER_SOURCE}`,
        PORT: String(port),
        ...this.environment(),
      },
      onLine: (line) => {
        this.said.push(`${name} ${line}`);
        if (this.said.length > 60) this.said.shift();
      },
    });
    this.instances.push(service);
    return service;
  }

  private environment(): Record<string, string> {
    return {
      LOG_LEVEL: 'warn',
      KAFKA_BROKERS: kafka.brokers,
      TOPIC_PREFIX: this.prefix,
      TOPIC_PARTITIONS: String(PARTITIONS),
      DATABASE_URL: postgres.url,
      DATABASE_PREFIX: this.prefix.replaceAll(/[^a-z0-9]/g, '_'),
      GRACE_MS: '3000',
    };
  }

  async started(...args: readonly string[]): Promise<ServiceProcess> {
    const service = await this.instance(...args);
    await service.start();
    return service;
  }

  /** Visitors for so many seconds; resolves when all of them are in the log. */
  async visit(seconds: number, perSecond = PER_SECOND): Promise<void> {
    const count = Math.round(seconds * perSecond * SCALE);
    const steps = traffic(this.visitors, count, perSecond, this.random);
    this.visitors += count;
    const startedAt = performance.now();
    const sending: Promise<void>[] = [];
    for (let next = 0; next < steps.length && !this.isClosed;) {
      await pause(10);
      const atMs = performance.now() - startedAt;
      for (let step = steps[next]; step !== undefined && step.atMs <= atMs; step = steps[next]) {
        sending.push(this.publisher.publish(step.record));
        next += 1;
      }
    }
    await Promise.all(sending);
  }

  /** Waits until every join has its decision and the outboxes are empty, and closes the books. */
  async settle(): Promise<Books> {
    return eventually(
      async () => {
        const books = await this.books();
        if (books.open > 0) throw new Error(`${books.open} of ${books.joins} joins are undecided`);
        if ((await this.unpublished()) > 0) throw new Error('decisions still lie in the outbox');
        return books;
      },
      { timeoutMs: SETTLE_MS, everyMs: 500 },
    );
  }

  async books(): Promise<Books> {
    return closeBooks({
      clicks: await this.read(topics.clickCaptured),
      joins: await this.read(topics.joinReceived),
      starts: await this.read(topics.botStarted),
      conversions: await this.read(topics.conversionAttributed),
      organics: await this.read(topics.joinOrganic),
    });
  }

  /** @throws with what is wrong and what the instances said last. */
  async expectBalance(atLeast: number): Promise<Books> {
    const books = await this.settle().catch((error: unknown) => {
      throw new Error([String(error), ...this.said].join('\n'));
    });
    const { errors, ...figures } = books;
    if (errors.length > 0) {
      throw new Error(
        [`seed ${this.seed}: ${JSON.stringify(figures)}`, ...errors.slice(0, 10), ...this.said].join('\n'),
      );
    }
    // Had nothing been decided, the books would balance as well.
    expect(figures.joins).toBeGreaterThanOrEqual(atLeast * SCALE);
    expect(figures.attributed).toBeGreaterThan(figures.joins / 2);
    expect(figures.organic).toBeGreaterThan(figures.joins / 10);
    return books;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.instances.map((instance) => instance.kill('SIGKILL')));
    await this.publisher.close();
    await this.client.close();
  }

  private async read<T extends object>({ name }: TopicDefinition<T>): Promise<Logged<T>[]> {
    const records = await readTopic(kafka.brokers, this.client.nameOf(name));
    return records.map(({ partition, offset, timestampMs, value, headers }) => ({
      event: JSON.parse(String(value)) as T,
      partition,
      offset,
      loggedAtMs: timestampMs,
      bytes: JSON.stringify([
        String(value),
        Object.entries(headers).map(([key, text]) => [key, String(text)]),
      ]),
    }));
  }

  private async unpublished(): Promise<number> {
    const alive = this.instances.find(({ isRunning }) => isRunning);
    if (alive === undefined) throw new Error('no instance runs');
    const answer = await fetch(`${alive.url}/metrics`);
    const found = /^clickjoin_outbox_backlog_rows(?:\{[^}]*\})? (\d+)/m.exec(await answer.text());
    if (found === null) throw new Error('the backlog of the outbox is not known');
    return Number(found[1]);
  }
}

async function open(number: number): Promise<System> {
  const system = new System(SEED + number);
  await system.open();
  return system;
}

/** Of how many partitions of joins this instance has worked on records: it never worked on more than it owned. */
async function workedOn({ url }: ServiceProcess): Promise<number> {
  const answer = await fetch(`${url}/metrics`);
  const ofJoins = /^clickjoin_kafka_consumer_position_offset\{[^}]*join-received/gm;
  return [...(await answer.text()).matchAll(ofJoins)].length;
}

const until = (holds: () => Promise<void>): Promise<void> =>
  eventually(holds, { timeoutMs: SETTLE_MS, everyMs: 200 });

/** Resolves when the process has ended by itself. */
const death = (service: ServiceProcess): Promise<NodeJS.Signals | null> =>
  new Promise((resolve) => {
    service.once('died', ({ signal }) => resolve(signal));
  });

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = await temporaryFolder('disasters');
  [kafka, postgres] = await Promise.all([
    startKafka({ dataDir: join(folder.path, 'kafka'), heapMb: 384 }),
    startPostgres({ dataDir: join(folder.path, 'postgres'), durable: false }),
  ]);
});

afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.close()));
});

afterAll(async () => {
  await Promise.all([kafka.kill('SIGKILL'), postgres.stop('immediate')]);
  await folder.remove();
});

describe('the books balance', () => {
  it('after a kill -9 at each point between decision and Kafka', async () => {
    // Side by side: most of the time is waiting for the dead one's session to run out.
    const outcomes = await Promise.allSettled(
      KILL_POINTS.map(async (point, number) => {
        const system = await open(number);
        const doomed = await system.instance(`--kill-at=${point}`, '--kill-nth=3');
        const died = death(doomed);
        const visits = system.visit(8, PER_SECOND / 3);
        // It may die before it has said that it is ready.
        await doomed.start().catch(() => undefined);
        const signal = await died;
        await system.started();
        await visits;
        const { repeats } = await system.expectBalance(100);
        return { point, signal, repeats };
      }),
    );
    const failures = outcomes.flatMap((outcome, number) =>
      outcome.status === 'rejected' ? [`${String(KILL_POINTS[number])}: ${String(outcome.reason)}`] : [],
    );
    expect(failures).toEqual([]);
    const ends = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(ends.map(({ signal }) => signal)).toEqual(KILL_POINTS.map(() => 'SIGKILL'));
    // Between acknowledgement and delete records must go out again: so the kills hit where they should. At the other
    // points the relay may by chance stand there too, with a batch of an earlier commit.
    const again = ends.filter(({ repeats }) => repeats > 0).map(({ point }) => point);
    expect(again).toEqual(expect.arrayContaining(['after-publish', 'before-delete']));
  });

  it('after two and three instances came and went under load', async () => {
    const system = await open(20);
    const first = await system.started();
    const visits = system.visit(14);
    const second = await system.started();
    await pause(1_000);
    await system.started();
    await pause(1_000);
    await first.stop();
    await pause(1_000);
    await second.kill('SIGKILL');
    await visits;
    await system.expectBalance(700);
  });

  it('while clicks are read later than their joins are due, and slices of one bucket overlap', async () => {
    const slow = async (number: number, ...how: readonly string[]): Promise<Books> => {
      const system = await open(number);
      await system.started(...how);
      await system.visit(6, PER_SECOND / 2);
      return system.expectBalance(150);
    };
    await Promise.all([slow(25, '--delay-clicks-ms=2500'), slow(26, '--dwell-ms=150')]);
  });

  it('after one of two instances stood still for longer than its session, and one had a wrong clock', async () => {
    const frozen = async (): Promise<Books> => {
      const system = await open(30);
      const one = await system.started();
      const two = await system.started();
      const visits = system.visit(9, PER_SECOND / 2);
      // Both are at work, and neither alone.
      await until(async () => {
        expect(await workedOn(one)).not.toBe(0);
        expect(await workedOn(two)).not.toBe(0);
      });
      expect(await workedOn(two)).toBeLessThan(PARTITIONS);
      await one.kill('SIGSTOP');
      const more = system.visit(3, PER_SECOND / 2);
      // It stands still until the other has taken all from it, and so wakes up as an owner that was put out.
      await until(async () => expect(await workedOn(two)).toBe(PARTITIONS));
      await one.kill('SIGCONT');
      await Promise.all([visits, more]);
      return system.expectBalance(300);
    };
    const wrongClock = async (number: number, offMs: number): Promise<Books> => {
      const system = await open(number);
      await system.started(`--clock-off-ms=${offMs}`);
      await system.started();
      await system.visit(6, PER_SECOND / 2);
      return system.expectBalance(150);
    };
    await Promise.all([frozen(), wrongClock(31, 300_000), wrongClock(32, -300_000)]);
  });

  it('after the broker and PostgreSQL were restarted under load', async () => {
    const system = await open(40);
    await system.started();
    await system.started();
    const visits = system.visit(16);
    await pause(2_000);
    await postgres.stop('immediate');
    await pause(1_000);
    await postgres.start();
    await pause(2_000);
    await kafka.kill('SIGKILL');
    await kafka.start();
    await visits;
    await system.expectBalance(800);

    const { code, output } = await system.rebuild();
    expect(output).toContain('The replay decides the same, byte for byte.');
    expect(code).toBe(0);
  });
});
