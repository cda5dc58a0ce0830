import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { topics, type UpdateSource } from '@clickjoin/contracts';
import { type Sandbox, startSandbox } from '@clickjoin/sandbox';
import {
  eventually,
  produce,
  readAll,
  type SourceProcess,
  spawnSource,
  TcpProxy,
  testInfra,
  uniquePrefix,
} from '@clickjoin/testing';
import { BOT_ID, botRecord, eventsOf, SECRET_KEYS, TOKEN } from './join-service.fixture';

/** More of it for a longer run: `JOINS=20000 TEST_TIER=int npx jest join-service.process`. */
const JOINS = Number(process.env.JOINS ?? 1_200);
/** Some hundred a second, so that an end comes in the middle of many. */
const JOINS_AT_A_TIME = 10;
const BETWEEN_MS = 20;

interface Running {
  readonly process: SourceProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
}

/** The service as a process of its own, since it is to be killed; Telegram sees one address all the time. */
describe.each<UpdateSource>(['webhook', 'long-polling'])('join-service as a process, by %s', (updatesBy) => {
  const prefix = uniquePrefix('join-process');
  let sandbox: Sandbox;
  let address: TcpProxy;
  let chatId: number;
  let running: Running | undefined;
  const joined: string[] = [];

  const start = async (): Promise<Running> => {
    const child = spawnSource(join(__dirname, 'main.ts'), [], {
      PORT: '0',
      KAFKA_BROKERS: testInfra().brokers,
      TOPIC_PREFIX: prefix,
      TOPIC_PARTITIONS: '3',
      SECRET_KEYS,
      TELEGRAM_API_URL: sandbox.telegramApiUrl,
      PUBLIC_WEBHOOK_URL: `http://127.0.0.1:${address.port}`,
      WEBHOOK_CHECK_MS: '500',
      POLL_WAIT_SECONDS: '1',
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

  const delivered = (): number => sandbox.telegram.state().bots[0]?.delivered ?? 0;

  /** Each join is in the log; twice only under one id. */
  const expectAllOnce = async (): Promise<void> => {
    await sandbox.telegram.drained();
    const events = eventsOf(topics.joinReceived, await readAll(`${prefix}${topics.joinReceived.name}`));
    const byPerson = new Map<string, Set<string | undefined>>();
    for (const { event, id } of events) {
      const { telegramUserId } = event.person;
      byPerson.set(telegramUserId, (byPerson.get(telegramUserId) ?? new Set()).add(id));
    }
    expect(joined.filter((person) => !byPerson.has(person))).toEqual([]);
    expect([...byPerson].filter(([, ids]) => ids.size !== 1)).toEqual([]);
    expect(byPerson.size).toBe(joined.length);
  };

  beforeAll(async () => {
    sandbox = await startSandbox({
      seed: `process-${updatesBy}`,
      faults: { telegram: { retryScale: 0.02 } },
    });
    sandbox.telegram.addBot({ token: TOKEN, username: 'garden_joins_example_bot', name: 'Garden Joins' });
    ({ chatId } = sandbox.telegram.addChannel({ title: 'Balcony Gardens', type: 'channel' }));
    address = await TcpProxy.listen(0, 'raw');
    await start();
    await produce(`${prefix}${topics.bot.name}`, [botRecord(1, 'Zq3_vT-garden-secret', { updatesBy })]);
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
    await sandbox.close();
    await address.close();
  });

  it.each([
    { signal: 'SIGKILL', exit: 'SIGKILL' },
    { signal: 'SIGTERM', exit: 0 },
  ] as const)('loses nothing to $signal under load, and ends with $exit', async ({ signal, exit }) => {
    const before = delivered();
    const loading = load();
    await eventually(() => expect(delivered() - before).toBeGreaterThan(JOINS / 6), { everyMs: 5 });
    const ended = running;
    ended?.process.kill(signal);
    expect(await ended?.exited).toBe(exit);
    // Joins go on, and wait at Telegram.
    expect(sandbox.telegram.state().bots[0]?.queued).toBeGreaterThan(0);
    await start();
    await loading;
    await expectAllOnce();
  });
});
