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
} from './dispatcher';
import { newChannel, newConversion, newPixel, recordOf } from './invented';

const ENTRY = join(__dirname, '../src/main.ts');
const CHAT_ID = '-1001122334455';
/** Of every pixel: looked for in the logs. */
export const TOKEN = 'tok_invented';

interface Event {
  readonly event: string;
  readonly event_id: string;
  readonly timestamp: string;
  readonly context: object;
  readonly properties: object;
}

/** TikTok for the tests of workers: notes who is with it at the same time, and answers as the test likes. */
export class Listener {
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

/** A place for workers in this process and for such of their own, with a TikTok: all of it for one test. */
export class Workers {
  readonly siteId = randomUUID();
  readonly place: Place;
  private readonly running: TestDispatcher[] = [];
  private readonly processes: DispatcherProcess[] = [];
  private opened: DataSource | undefined;

  private constructor(readonly listener: Listener) {
    const { brokers, databaseUrl } = testInfra();
    this.place = {
      brokers,
      databaseUrl,
      databasePrefix: newDatabasePrefix(),
      topicPrefix: uniquePrefix('workers'),
      tiktokApiUrl: listener.url,
      secretKeys: newSecretKeys(),
    };
  }

  static async open(): Promise<Workers> {
    return new Workers(await Listener.start());
  }

  async close(): Promise<void> {
    for (const dispatcher of this.running) await dispatcher.stop();
    for (const each of this.processes) await each.end('SIGKILL');
    await this.opened?.destroy();
    await this.listener.close();
    await dropServiceDatabase(this.place);
  }

  /** Those in this process. */
  get inProcess(): readonly TestDispatcher[] {
    return this.running;
  }

  async start(settings: Readonly<Record<string, string>> = {}): Promise<TestDispatcher> {
    const dispatcher = await startDispatcher({ ...this.place, settings });
    this.running.push(dispatcher);
    return dispatcher;
  }

  /** As a process of its own, which can be killed; resolves when it is ready. */
  async startProcess(settings: Readonly<Record<string, string>> = {}): Promise<DispatcherProcess> {
    const started = new DispatcherProcess(spawnSource(ENTRY, [], envOf({ ...this.place, settings })));
    this.processes.push(started);
    await eventually(
      () => {
        started.assertRuns();
        expect(started.log).toContain('"msg":"ready"');
      },
      { timeoutMs: 60_000 },
    );
    return started;
  }

  newPixel(siteId = this.siteId): PixelConfigured {
    return newPixel(this.place.secretKeys, siteId, TOKEN);
  }

  async configure(...pixels: PixelConfigured[]): Promise<void> {
    const channel = recordOf.channel(newChannel(this.siteId, CHAT_ID));
    for (const record of [...pixels.map((pixel) => recordOf.pixel(pixel)), channel]) {
      await produce(this.place.topicPrefix + record.topic, [{ key: record.key, value: record.value }]);
    }
    for (const dispatcher of this.running) {
      await eventually(() => {
        for (const { pixelId } of pixels) expect(dispatcher.pixels.get(pixelId)).toBeDefined();
        expect(dispatcher.channels.get(CHAT_ID)).toBeDefined();
      });
    }
  }

  newConversions(count: number, siteId = this.siteId): ConversionAttributed[] {
    return Array.from({ length: count }, () => newConversion(siteId, CHAT_ID));
  }

  async convert(conversions: readonly ConversionAttributed[]): Promise<void> {
    await produce(
      this.place.topicPrefix + topics.conversionAttributed.name,
      conversions.map((conversion) => {
        const { key, value, headers } = recordOf.conversion(conversion);
        return { key, value, headers: { ...headers } };
      }),
    );
  }

  /** One statement in the database that the service has made. */
  async query<T>(sql: string, parameters: readonly unknown[] = []): Promise<T> {
    this.opened ??= await openServiceDatabase(this.place);
    return this.opened.query<T>(sql, [...parameters]);
  }

  async countIn(state: string): Promise<number> {
    const [row] = await this.query<{ count: number }[]>(
      'SELECT count(*)::int AS count FROM delivery WHERE state = $1',
      [state],
    );
    return row?.count ?? 0;
  }
}
