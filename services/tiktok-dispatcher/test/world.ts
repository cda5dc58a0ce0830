import { randomUUID } from 'node:crypto';
import {
  decode,
  deliveryIdOf,
  tiktokEventIdOf,
  topics,
  type ChannelConfigured,
  type ConversionAttributed,
  type DeliveryState,
  type DeliveryUpdated,
  type OutboundRecord,
  type PixelConfigured,
  type PixelStateChanged,
} from '@clickjoin/contracts';
import { startSandbox, type Sandbox, type SeenEvent } from '@clickjoin/sandbox';
import { eventually, produce, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import type { DataSource } from 'typeorm';
import type { DeliveryDetail } from '../src/read-delivery/delivery.store';
import {
  ask,
  dropServiceDatabase,
  newDatabasePrefix,
  newSecretKeys,
  openServiceDatabase,
  startDispatcher,
  type Place,
  type TestDispatcher,
} from './dispatcher';
import { changed, newChannel, newConversion, newPixel, recordOf } from './invented';

/** Each test has a site, a channel and a pixel of its own. */
export interface Site {
  readonly siteId: string;
  readonly chatId: string;
  readonly channel: ChannelConfigured;
  readonly pixel: PixelConfigured;
  readonly token: string;
}

/** The service with its neighbours: a sandbox for TikTok, Kafka, and a database of its own. */
export class World {
  /** All that were ever given to the service. */
  readonly tokens: string[] = [];
  /** Of all its lives. */
  readonly logLines: string[] = [];
  private chats = 1_000_000_000;
  private started: TestDispatcher | undefined;

  private constructor(
    readonly place: Place,
    readonly sandbox: Sandbox,
  ) {}

  static async start(prefix: string, settings: Readonly<Record<string, string>> = {}): Promise<World> {
    const sandbox = await startSandbox();
    const { brokers, databaseUrl } = testInfra();
    const world = new World(
      {
        brokers,
        databaseUrl,
        databasePrefix: newDatabasePrefix(),
        topicPrefix: uniquePrefix(prefix),
        tiktokApiUrl: sandbox.tiktokApiUrl,
        secretKeys: newSecretKeys(),
        settings,
      },
      sandbox,
    );
    await world.startService();
    return world;
  }

  /** The service, again after it was stopped. */
  async startService(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    this.started = await startDispatcher({
      ...this.place,
      settings: { ...this.place.settings, ...settings },
    });
  }

  async stopService(): Promise<void> {
    await this.started?.stop();
    this.logLines.push(...(this.started?.logLines ?? []));
    this.started = undefined;
  }

  async end(): Promise<void> {
    await this.stopService();
    await this.sandbox.close();
    await dropServiceDatabase(this.place);
  }

  get dispatcher(): TestDispatcher {
    if (this.started === undefined) throw new Error('the service does not run');
    return this.started;
  }

  /** One statement in the service's database. */
  async query<T = unknown>(sql: string, parameters: readonly unknown[] = []): Promise<T> {
    const database: DataSource = await openServiceDatabase(this.place);
    return database.query<T>(sql, [...parameters]).finally(() => database.destroy());
  }

  async publish(...records: readonly OutboundRecord[]): Promise<void> {
    for (const { topic, key, value, headers } of records)
      await produce(this.place.topicPrefix + topic, [{ key, value, headers: { ...headers } }]);
  }

  newToken(): string {
    const token = `tok_${randomUUID().replaceAll('-', '')}`;
    this.tokens.push(token);
    return token;
  }

  async newSite(of: Partial<PixelConfigured> = {}): Promise<Site> {
    const siteId = randomUUID();
    const chatId = `-100${this.chats++}`;
    const token = this.newToken();
    const pixel = newPixel(this.place.secretKeys, siteId, token, of);
    const channel = newChannel(siteId, chatId);
    this.sandbox.tiktok.addPixel({ pixelCode: pixel.pixelCode, accessToken: token });
    await this.configure(pixel, channel);
    return { siteId, chatId, channel, pixel, token };
  }

  /** Publishes settings and waits until the service knows them. */
  async configure(pixel: PixelConfigured | undefined, channel?: ChannelConfigured): Promise<void> {
    await this.publish(
      ...(pixel === undefined ? [] : [recordOf.pixel(pixel)]),
      ...(channel === undefined ? [] : [recordOf.channel(channel)]),
    );
    const { pixels, channels } = this.dispatcher;
    await eventually(() => {
      if (pixel !== undefined) expect(pixels.get(pixel.pixelId)?.version).toBe(pixel.version);
      if (channel !== undefined) expect(channels.get(channel.chatId)?.version).toBe(channel.version);
    });
  }

  /** A new token for the pixel, which TikTok takes. */
  async renewToken(pixel: PixelConfigured): Promise<PixelConfigured> {
    const token = this.newToken();
    this.sandbox.tiktok.addPixel({ pixelCode: pixel.pixelCode, accessToken: token });
    const renewed = newPixel(
      this.place.secretKeys,
      pixel.siteId,
      token,
      changed(pixel, {
        version: pixel.version + 1,
        configuredAt: new Date().toISOString(),
      }),
    );
    await this.configure(renewed);
    return renewed;
  }

  /** Publishes conversions, a moment ago or as long ago as told. */
  async convert(
    { siteId, chatId }: Pick<Site, 'siteId' | 'chatId'>,
    { count = 1, agoMs = 0 }: { readonly count?: number; readonly agoMs?: number } = {},
  ): Promise<ConversionAttributed[]> {
    const conversions = Array.from({ length: count }, () =>
      changed(newConversion(siteId, chatId), {
        joinedAt: new Date(Math.floor((Date.now() - agoMs) / 1000) * 1000).toISOString(),
      }),
    );
    await produce(
      this.place.topicPrefix + topics.conversionAttributed.name,
      conversions.map((conversion) => {
        const { key, value, headers } = recordOf.conversion(conversion);
        return { key, value, headers: { ...headers } };
      }),
    );
    return conversions;
  }

  async convertOne(site: Pick<Site, 'siteId' | 'chatId'>): Promise<ConversionAttributed> {
    const [conversion] = await this.convert(site);
    if (conversion === undefined) throw new Error('there is one');
    return conversion;
  }

  idOf(conversion: ConversionAttributed, { pixel }: Pick<Site, 'pixel'>): string {
    return deliveryIdOf(conversion.conversionId, pixel.pixelId);
  }

  ask(path: string, body?: object): Promise<Response> {
    return ask(this.dispatcher.url, path, body);
  }

  async askFor<T>(path: string, body?: object): Promise<T> {
    const response = await this.ask(path, body);
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  detail(deliveryId: string): Promise<DeliveryDetail> {
    return this.askFor(`deliveries/${deliveryId}`);
  }

  inState(deliveryId: string, state: DeliveryState): Promise<DeliveryDetail> {
    return eventually(
      async () => {
        const found = await this.detail(deliveryId);
        expect(found.state).toBe(state);
        return found;
      },
      { timeoutMs: 20_000 },
    );
  }

  /** What TikTok saw of a conversion. */
  seen(conversion: ConversionAttributed): SeenEvent[] {
    const id = tiktokEventIdOf(conversion.conversionId);
    return this.sandbox.tiktok.events().filter(({ eventId }) => eventId === id);
  }

  async updatesOf(deliveryId: string): Promise<DeliveryUpdated[]> {
    const records = await readAll(this.place.topicPrefix + topics.deliveryUpdated.name);
    return records.flatMap(({ value }) => {
      const decoded = decode(topics.deliveryUpdated, value);
      if (!decoded.ok) throw new Error(decoded.reason);
      return decoded.event.deliveryId === deliveryId ? [decoded.event] : [];
    });
  }

  async pixelChanges(pixelId: string): Promise<PixelStateChanged[]> {
    const records = await readAll(this.place.topicPrefix + topics.pixelStateChanged.name);
    return records.flatMap(({ value }) => {
      const decoded = decode(topics.pixelStateChanged, value);
      if (!decoded.ok) throw new Error(decoded.reason);
      return decoded.event.pixelId === pixelId ? [decoded.event] : [];
    });
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.dispatcher.url}/metrics`)).text();
  }
}
