import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { topics, type UpdateSource } from '@clickjoin/contracts';
import { type RunningKafka, startKafka, temporaryFolder, type TemporaryFolder } from '@clickjoin/dev-stack';
import { type Sandbox, startSandbox } from '@clickjoin/sandbox';
import {
  eventually,
  produce,
  readAll,
  type SourceProcess,
  spawnSource,
  TcpProxy,
  uniquePrefix,
} from '@clickjoin/testing';
import { BOT_ID, botRecord, eventsOf, SECRET_KEYS, TOKEN } from './join-service.fixture';
import { TokenGate } from './token-gate.fixture';

/** More of it for a longer run: `JOINS=20000 TEST_TIER=int npx jest join-service.process`. */
const JOINS = Number(process.env.JOINS ?? 1_200);
/** Some hundred a second, so that an end comes in the middle of many. */
const JOINS_AT_A_TIME = 10;
const BETWEEN_MS = 20;
const SECRET = 'Zq3_vT-garden-secret';
const NEW_TOKEN = `${BOT_ID}:AAH-another-invented-token-of-nobody`;

/** A Kafka of its own, since the way to it is cut. */
let folder: TemporaryFolder;
let kafka: RunningKafka;
let road: TcpProxy;
let brokers: string;

beforeAll(async () => {
  folder = await temporaryFolder('join-process');
  road = await TcpProxy.listen();
  kafka = await startKafka({ dataDir: folder.path, advertisedPort: road.port, heapMb: 256 });
  road.targetPort = kafka.port;
  brokers = `127.0.0.1:${road.port}`;
});

afterAll(async () => {
  await road.close();
  await kafka.kill('SIGKILL');
  await folder.remove();
});

interface Running {
  readonly process: SourceProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
}

/** The service as a process of its own, since it is to be killed; Telegram sees one address all the time. */
describe.each<UpdateSource>(['webhook', 'long-polling'])('join-service as a process, by %s', (updatesBy) => {
  const prefix = uniquePrefix('join-process');
  let sandbox: Sandbox;
  let telegram: TokenGate;
  let address: TcpProxy;
  let chatId: number;
  let running: Running | undefined;
  const joined: string[] = [];

  const start = async (): Promise<Running> => {
    const child = spawnSource(join(__dirname, 'main.ts'), [], {
      PORT: '0',
      KAFKA_BROKERS: brokers,
      TOPIC_PREFIX: prefix,
      TOPIC_PARTITIONS: '3',
      SECRET_KEYS,
      TELEGRAM_API_URL: telegram.url,
      PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${address.port}`,
      WEBHOOK_CHECK_MS: '500',
      POLL_WAIT_SECONDS: '1',
      PUBLISH_DEADLINE_MS: '1000',
    });
    const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
    child.stderr.resume();
    const ready = new Promise<number>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        const { msg, url } = JSON.parse(line) as { msg?: string; url?: string };
        if (msg === 'ready' && url !== undefined) resolve(Number(new URL(url).port));
      });
      void exited.then((how) => reject(new Error(`ended during its start: ${how}`)));
    });
    address.targetPort = await ready;
    running = { process: child, exited };
    return running;
  };

  const load = async (): Promise<void> => {
    for (let made = 0; made < JOINS; made += JOINS_AT_A_TIME) {
      for (let each = 0; each < JOINS_AT_A_TIME; each += 1) {
        joined.push(String(sandbox.telegram.join({ chatId, via: 'added-by-admin' }).userId));
      }
      await pause(BETWEEN_MS);
    }
  };

  const atTelegram = () => {
    const [bot] = sandbox.telegram.state().bots;
    if (bot === undefined) throw new Error('the bot is set up');
    return bot;
  };
  const delivered = (): number => atTelegram().delivered;
  /** Joins come while `trouble` happens, which begins in the middle of them. */
  const loadThrough = async (trouble: (loading: Promise<void>) => Promise<void>): Promise<void> => {
    const before = delivered();
    const loading = load();
    await eventually(() => expect(delivered() - before).toBeGreaterThan(JOINS / 6), { everyMs: 5 });
    await trouble(loading);
    await loading;
    await expectAllOnce();
  };

  /** Each join is in the log; twice only under one id. */
  const expectAllOnce = async (): Promise<void> => {
    await sandbox.telegram.drained();
    const events = eventsOf(
      topics.joinReceived,
      await readAll(`${prefix}${topics.joinReceived.name}`, brokers),
    );
    const byPerson = new Map<string, Set<string | undefined>>();
    for (const { event, id } of events) {
      const { telegramUserId } = event.person;
      byPerson.set(telegramUserId, (byPerson.get(telegramUserId) ?? new Set()).add(id));
    }
    expect(joined.filter((person) => !byPerson.has(person))).toEqual([]);
    expect([...byPerson].filter(([, ids]) => ids.size !== 1)).toEqual([]);
    expect(byPerson.size).toBe(joined.length);
    if (updatesBy === 'webhook') expect(atTelegram().redelivered).toBeGreaterThan(0);
  };

  beforeAll(async () => {
    sandbox = await startSandbox({
      seed: `process-${updatesBy}`,
      // Acknowledgements get lost, and updates overtake each other.
      faults: {
        telegram: { retryScale: 0.02, redeliverShare: 0.05, delayShare: 0.2, delayMaxMs: 300 },
      },
    });
    sandbox.telegram.addBot({ token: TOKEN, username: 'garden_joins_example_bot', name: 'Garden Joins' });
    ({ chatId } = sandbox.telegram.addChannel({ title: 'Balcony Gardens', type: 'channel' }));
    telegram = await TokenGate.open(sandbox.telegramApiUrl, TOKEN);
    address = await TcpProxy.listen(0, 'raw');
    await start();
    await produce(`${prefix}${topics.bot.name}`, [botRecord(1, SECRET, { updatesBy })], brokers);
    // Its updates come in now, and joins are among them.
    await eventually(
      async () => {
        sandbox.telegram.addAdmin(chatId, { botId: Number(BOT_ID), canInviteUsers: true });
        await pause(100);
        expect(delivered()).toBeGreaterThan(0);
      },
      { timeoutMs: 30_000 },
    );
  });

  afterAll(async () => {
    running?.process.kill('SIGKILL');
    await running?.exited;
    await telegram.close();
    await sandbox.close();
    await address.close();
  });

  it.each([
    { signal: 'SIGKILL', exit: 'SIGKILL' },
    { signal: 'SIGTERM', exit: 0 },
  ] as const)('loses nothing to $signal under load, and ends with $exit', async ({ signal, exit }) => {
    await loadThrough(async () => {
      const ended = running;
      ended?.process.kill(signal);
      expect(await ended?.exited).toBe(exit);
      // Joins go on, and wait at Telegram.
      expect(atTelegram().queued).toBeGreaterThan(0);
      await start();
    });
  });

  it('loses nothing when Kafka goes away in the middle of joins and comes back when they are over', async () => {
    try {
      await loadThrough(async (loading) => {
        road.refuse();
        road.cut();
        await loading;
        // Nothing was acknowledged that is not stored.
        expect(atTelegram().queued).toBeGreaterThan(JOINS / 6);
        road.accept();
      });
    } finally {
      road.accept();
    }
  });

  it('loses nothing while the token is exchanged: what comes in between waits, or comes by the webhook', async () => {
    await loadThrough(async () => {
      telegram.exchangeToken(NEW_TOKEN);
      // The old one is refused before the settings have the new one, as it is with BotFather.
      await eventually(() => expect(telegram.refused).toBeGreaterThan(0));
      const record = botRecord(2, SECRET, { token: NEW_TOKEN, updatesBy });
      await produce(`${prefix}${topics.bot.name}`, [record], brokers);
    });
    await eventually(() => expect(telegram.takenAnew).toBeGreaterThan(0));
    const { refused } = telegram;
    const atLeast = telegram.takenAnew + 2;
    await eventually(() => expect(telegram.takenAnew).toBeGreaterThanOrEqual(atLeast));
    expect(telegram.refused).toBe(refused);
  });
});
