import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { topics, type ConversionAttributed, type PixelConfigured } from '@clickjoin/contracts';
import { eventually, produce, spawnSource, testInfra, uniquePrefix } from '@clickjoin/testing';
import type { DataSource } from 'typeorm';
import {
  DispatcherProcess,
  dropServiceDatabase,
  envOf,
  newDatabasePrefix,
  newSecretKeys,
  openServiceDatabase,
  startDispatcher,
  type Place,
  type TestDispatcher,
} from '../../test/dispatcher';
import { changed, newChannel, newConversion, newPixel, recordOf } from '../../test/invented';

interface Event {
  readonly event: string;
  readonly event_id: string;
  readonly timestamp: string;
  readonly context: object;
  readonly properties: object;
}

/** TikTok for these tests: notes who is with it at the same time, and answers as the test likes. */
class Listener {
  readonly bodies = new Map<string, string[]>();
  readonly acceptedIds: string[] = [];
  /** How many events each request had. */
  readonly requests: number[] = [];
  mostAtOnce = 0;
  reply: (pixelCode: string, accept: () => void, response: ServerResponse) => void = (_pixel, accept) =>
    accept();
  private readonly open = new Map<string, number>();

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => this.onEvent(Buffer.concat(chunks).toString('utf8'), response));
    });
  }

  static async start(): Promise<Listener> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Listener(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  openFor(eventId: string): number {
    return this.open.get(eventId) ?? 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private onEvent(body: string, response: ServerResponse): void {
    const request = JSON.parse(body) as { pixel_code: string; batch?: readonly Event[] } & Event;
    const events = (request.batch ?? [request]).map(
      ({ event, event_id, timestamp, context, properties }): Event => ({
        event,
        event_id,
        timestamp,
        context,
        properties,
      }),
    );
    this.requests.push(events.length);
    for (const event of events) {
      const id = event.event_id;
      this.bodies.set(id, [...(this.bodies.get(id) ?? []), JSON.stringify(event)]);
      this.open.set(id, this.openFor(id) + 1);
      this.mostAtOnce = Math.max(this.mostAtOnce, this.openFor(id));
    }
    response.on('close', () => {
      for (const { event_id: id } of events) this.open.set(id, this.openFor(id) - 1);
    });
    this.reply(
      request.pixel_code,
      () => {
        this.acceptedIds.push(...events.map(({ event_id }) => event_id));
        response.end('{"code":0,"message":"OK","request_id":"1","data":{}}');
      },
      response,
    );
  }
}

const DAY_MS = 86_400_000;
const siteId = randomUUID();
const chatId = '-1001122334455';
let listener: Listener;
let place: Place;
let database: DataSource | undefined;
const running: TestDispatcher[] = [];
const processes: DispatcherProcess[] = [];

beforeEach(async () => {
  listener = await Listener.start();
  const { brokers, databaseUrl } = testInfra();
  place = {
    brokers,
    databaseUrl,
    databasePrefix: newDatabasePrefix(),
    topicPrefix: uniquePrefix('workers'),
    tiktokApiUrl: listener.url,
    secretKeys: newSecretKeys(),
  };
});

afterEach(async () => {
  for (const dispatcher of running.splice(0)) await dispatcher.stop();
  for (const each of processes.splice(0)) await each.end('SIGKILL');
  await database?.destroy();
  database = undefined;
  await listener.close();
  await dropServiceDatabase(place);
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<TestDispatcher> {
  const dispatcher = await startDispatcher({ ...place, settings });
  running.push(dispatcher);
  return dispatcher;
}

function startProcess(settings: Readonly<Record<string, string>> = {}): DispatcherProcess {
  const started = new DispatcherProcess(
    spawnSource(join(__dirname, '../main.ts'), [], envOf({ ...place, settings })),
  );
  processes.push(started);
  return started;
}

async function configure(...pixels: PixelConfigured[]): Promise<void> {
  const channel = recordOf.channel(newChannel(siteId, chatId));
  for (const record of [...pixels.map((pixel) => recordOf.pixel(pixel)), channel]) {
    await produce(place.topicPrefix + record.topic, [{ key: record.key, value: record.value }]);
  }
  for (const dispatcher of running) {
    await eventually(() => {
      for (const { pixelId } of pixels) expect(dispatcher.pixels.get(pixelId)).toBeDefined();
      expect(dispatcher.channels.get(chatId)).toBeDefined();
    });
  }
}

async function convert(conversions: readonly ConversionAttributed[]): Promise<void> {
  await produce(
    place.topicPrefix + topics.conversionAttributed.name,
    conversions.map((conversion) => {
      const { key, value, headers } = recordOf.conversion(conversion);
      return { key, value, headers: { ...headers } };
    }),
  );
}

const newConversions = (count: number, site = siteId): ConversionAttributed[] =>
  Array.from({ length: count }, () => newConversion(site, chatId));

function databaseOf(): DataSource {
  if (database === undefined) throw new Error('the service has not made its database yet');
  return database;
}

async function countIn(state: string): Promise<number> {
  const [row] = await databaseOf().query<{ count: number }[]>(
    'SELECT count(*)::int AS count FROM delivery WHERE state = $1',
    [state],
  );
  return row?.count ?? 0;
}

describe('several workers', () => {
  it('never have one delivery with TikTok at the same time, and leave none out', async () => {
    const settings = { MAX_IN_FLIGHT_PER_PIXEL: '2' };
    await Promise.all([start(settings), start(settings)]);
    database = await openServiceDatabase(place);
    await configure(newPixel(place.secretKeys, siteId, 'tok_invented'));
    const held: (() => void)[] = [];
    let requests = 0;
    listener.reply = (_pixel, accept, response) => {
      requests++;
      // One worker has two requests open at most: that a third comes shows that both have a part in it.
      if (requests < 3) held.push(accept);
      else if (requests === 3) for (const release of [...held, accept]) release();
      // A fifth fails and a tenth is lost after it was counted, so that there is something to fight over.
      else if (requests % 5 === 0) response.end('{"code":50000}');
      else if (requests % 11 === 0) response.destroy();
      else setTimeout(accept, 5);
    };
    await convert(newConversions(300));
    await eventually(async () => expect(await countIn('accepted')).toBe(300), { timeoutMs: 40_000 });

    expect(listener.mostAtOnce).toBe(1);
    expect(listener.bodies.size).toBe(300);
    expect([...listener.acceptedIds].sort()).toEqual([...new Set(listener.acceptedIds)].sort());
    for (const bodies of listener.bodies.values()) expect(new Set(bodies).size).toBe(1);
    for (const { url } of running) {
      await eventually(async () => {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        expect(metrics).toMatch(/clickjoin_dispatcher_attempts_total\{[^}]*verdict="accepted"[^}]*\} [1-9]/);
      });
    }
  });
});

describe('a pixel that hangs', () => {
  it('does not keep the others waiting', async () => {
    await start({ MAX_IN_FLIGHT: '4', MAX_IN_FLIGHT_PER_PIXEL: '2', REQUEST_TIMEOUT_MS: '30000' });
    database = await openServiceDatabase(place);
    const otherSite = randomUUID();
    const hanging = newPixel(place.secretKeys, siteId, 'tok_invented');
    const well = newPixel(place.secretKeys, otherSite, 'tok_invented');
    await configure(hanging, well);
    const stuck: (() => void)[] = [];
    listener.reply = (pixelCode, accept) => {
      if (pixelCode === hanging.pixelCode) stuck.push(accept);
      else accept();
    };
    await convert(newConversions(10));
    await eventually(() => expect(stuck).toHaveLength(2));
    await convert(newConversions(30, otherSite));
    await eventually(async () => expect(await countIn('accepted')).toBe(30));
    expect(stuck).toHaveLength(2);

    // Healed: the queue drains.
    listener.reply = (_pixel, accept) => accept();
    for (const accept of stuck) accept();
    await eventually(async () => expect(await countIn('accepted')).toBe(40));
  });
});

describe('deliveries that end unsent', () => {
  it('do not keep those behind them waiting', async () => {
    await start();
    database = await openServiceDatabase(place);
    await configure(newPixel(place.secretKeys, siteId, 'tok_invented'));
    const joinedAt = new Date(Date.now() - 8 * DAY_MS).toISOString();
    // Many more than a round takes: were there a sleep between the rounds, these would take minutes.
    await convert(newConversions(480).map((conversion) => changed(conversion, { joinedAt })));
    await eventually(async () => expect((await countIn('queued')) + (await countIn('expired'))).toBe(480));
    await convert(newConversions(1));
    await eventually(async () => expect(await countIn('accepted')).toBe(1), { timeoutMs: 20_000 });
    expect(await countIn('expired')).toBe(480);
  });
});

describe('an attempt that was interrupted longer ago than an integer holds milliseconds', () => {
  it('is ended like any other, and the upkeep goes on', async () => {
    const dispatcher = await start();
    database = await openServiceDatabase(place);
    const pixel = newPixel(place.secretKeys, siteId, 'tok_invented');
    await configure(pixel);
    await convert(newConversions(1));
    await eventually(async () => expect(await countIn('accepted')).toBe(1));
    // As a database is found that has been away for a month.
    await databaseOf().query(
      `WITH begun AS (
         UPDATE attempt SET started_at = now() - interval '26 days', duration_ms = NULL, verdict = NULL,
                            explanation = NULL
       )
       UPDATE delivery SET state = 'sending', lease_token = gen_random_uuid(),
                           lease_until = now() - interval '26 days'`,
    );
    await eventually(async () => expect(await countIn('possibly-accepted')).toBe(1));
    const attempts = await databaseOf().query('SELECT duration_ms, verdict FROM attempt');
    expect(attempts).toEqual([{ duration_ms: 2 ** 31 - 1, verdict: 'unknown' }]);
    expect(dispatcher.logLines.filter((line) => line.includes('round of the send worker failed'))).toEqual(
      [],
    );
  });
});

describe('kill -9 during a request', () => {
  it('counts the attempt as possibly accepted, and the next process repeats it with the same bytes', async () => {
    // The lease would last two minutes: it is the end of the instance that is noticed.
    const patient = { REQUEST_TIMEOUT_MS: '60000', LEASE_MARGIN_MS: '60000' };
    const first = startProcess(patient);
    await eventually(
      () => {
        first.assertRuns();
        expect(first.log).toContain('"msg":"ready"');
      },
      { timeoutMs: 60_000 },
    );
    database = await openServiceDatabase(place);
    await configure(newPixel(place.secretKeys, siteId, 'tok_invented'));
    listener.reply = () => undefined;
    await convert(newConversions(1));
    await eventually(() => expect(listener.bodies.size).toBe(1));
    expect(await first.end('SIGKILL')).toBeNull();

    listener.reply = (_pixel, accept) => accept();
    const second = await start(patient);
    await eventually(async () => expect(await countIn('accepted')).toBe(1), { timeoutMs: 60_000 });

    const attempts = await databaseOf().query<{ number: number; verdict: string }[]>(
      'SELECT number, verdict FROM attempt ORDER BY number',
    );
    expect(attempts).toEqual([
      { number: 1, verdict: 'unknown' },
      { number: 2, verdict: 'accepted' },
    ]);
    const [row] = await databaseOf().query<{ is_first: boolean }[]>(
      'SELECT first_unknown_at = (SELECT started_at FROM attempt WHERE number = 1) AS is_first FROM delivery',
    );
    expect(row?.is_first).toBe(true);
    const [[one, two, ...more] = []] = listener.bodies.values();
    expect(two).toBe(one);
    expect(more).toEqual([]);
    for (const log of [first.log, ...second.logLines]) expect(log).not.toContain('tok_invented');
  });
});

describe('an instance that lives', () => {
  it('keeps what it has under way, however long that takes, and however often the other one looks', async () => {
    const patient = { REQUEST_TIMEOUT_MS: '60000', LEASE_MARGIN_MS: '60000' };
    const first = startProcess(patient);
    await eventually(
      () => {
        first.assertRuns();
        expect(first.log).toContain('"msg":"ready"');
      },
      { timeoutMs: 60_000 },
    );
    database = await openServiceDatabase(place);
    await configure(newPixel(place.secretKeys, siteId, 'tok_invented'));
    let answer: (() => void) | undefined;
    listener.reply = (_pixel, accept) => (answer = accept);
    await convert(newConversions(1));
    await eventually(() => expect(answer).toBeDefined());
    const second = await start(patient);
    const looks = async (): Promise<number> => {
      const text = await (await fetch(`${second.url}/metrics`)).text();
      return Number(/clickjoin_dispatcher_upkeeps_total\{[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    // Several times as long as a missing instance would have been given.
    const before = await looks();
    await eventually(async () => expect(await looks()).toBeGreaterThan(before + 13), { timeoutMs: 90_000 });
    expect(await countIn('sending')).toBe(1);
    answer?.();
    await eventually(async () => expect(await countIn('accepted')).toBe(1));
    expect(listener.requests).toEqual([1]);
  });
});

describe('SIGTERM during a request', () => {
  it('waits for the answer and writes it down', async () => {
    const only = startProcess();
    await eventually(
      () => {
        only.assertRuns();
        expect(only.log).toContain('"msg":"ready"');
      },
      { timeoutMs: 60_000 },
    );
    database = await openServiceDatabase(place);
    await configure(newPixel(place.secretKeys, siteId, 'tok_invented'));
    let answer: (() => void) | undefined;
    listener.reply = (_pixel, accept) => (answer = accept);
    await convert(newConversions(1));
    await eventually(() => expect(answer).toBeDefined());
    const ended = only.end('SIGTERM');
    await eventually(() => expect(only.log).toContain('shutting down'));
    answer?.();
    expect(await ended).toBe(0);
    expect(await countIn('accepted')).toBe(1);
  });
});
