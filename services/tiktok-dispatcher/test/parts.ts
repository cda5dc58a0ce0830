import {
  topics,
  type ChannelConfigured,
  type ChatMigrated,
  type Clock,
  type PixelConfigured,
} from '@clickjoin/contracts';
import { InMemoryTable } from '@clickjoin/kafka';
import { DatabaseSettings, openDataSource, Outbox, OutboxSignal } from '@clickjoin/postgres';
import { loadConfig, MetricsRegistry } from '@clickjoin/service-kit';
import type { DataSource } from 'typeorm';
import { KnownChannels } from '../src/await-channel/known-channels';
import { DispatcherConfig } from '../src/config';
import { Erasures } from '../src/erase/erasures';
import { DispatcherMetrics } from '../src/metrics';
import { MIGRATIONS } from '../src/migrations';
import { PixelPauses } from '../src/pause-pixel/pixel-pauses';
import { Presence } from '../src/presence/presence';
import { SendRates } from '../src/rate-limit/send-rates';
import { Replays } from '../src/replay/replays';
import { Claims } from '../src/send/claims';
import { Overdue } from '../src/send/overdue';
import type { SendWorker } from '../src/send/send.worker';
import { Settlements } from '../src/send/settlements';
import { SERVICE } from '../src/service-name';
import { AccessTokens } from '../src/tiktok/access-tokens';
import { envOf, type Place } from './dispatcher';

/** All of the service that decides, on a real database, without its loops: a test says when what happens. */
export interface Parts {
  readonly dataSource: DataSource;
  readonly config: DispatcherConfig;
  readonly pixels: InMemoryTable<PixelConfigured>;
  readonly channels: InMemoryTable<ChannelConfigured>;
  readonly claims: Claims;
  readonly settlements: Settlements;
  readonly pauses: PixelPauses;
  readonly overdue: Overdue;
  readonly erasures: Erasures;
  readonly replays: Replays;
  readonly rates: SendRates;
  close(): Promise<void>;
}

export async function openParts(place: Place, clock: Clock, random: () => number): Promise<Parts> {
  const config = loadConfig(DispatcherConfig, envOf(place));
  const settings = new DatabaseSettings(place.databaseUrl, place.databasePrefix, SERVICE);
  const dataSource = await openDataSource(settings, { migrations: MIGRATIONS });
  const outbox = new Outbox(dataSource, new OutboxSignal());
  const metrics = new DispatcherMetrics(new MetricsRegistry(SERVICE));
  const pixels = new InMemoryTable<PixelConfigured>();
  const channels = new InMemoryTable<ChannelConfigured>();
  const rates = new SendRates(dataSource, config);
  const tokens = new AccessTokens(config);
  const presence = new Presence(dataSource);
  const pauses = new PixelPauses(dataSource, outbox, metrics, pixels, clock);
  const worker = { wake: () => undefined } as unknown as SendWorker;
  return {
    dataSource,
    config,
    pixels,
    channels,
    rates,
    pauses,
    claims: new Claims(
      dataSource,
      outbox,
      metrics,
      rates,
      tokens,
      presence,
      config,
      pixels,
      new KnownChannels(channels, new InMemoryTable<ChatMigrated>()),
      clock,
    ),
    settlements: new Settlements(
      dataSource,
      outbox,
      metrics,
      pauses,
      presence,
      rates,
      tokens,
      config,
      clock,
      random,
    ),
    overdue: new Overdue(dataSource, outbox, metrics, config, clock),
    erasures: new Erasures(dataSource, outbox, metrics, config, clock),
    replays: new Replays(dataSource, outbox, metrics, worker, config, pixels, clock),
    close: async () => {
      await presence.onApplicationShutdown();
      await dataSource.destroy();
    },
  };
}

/** What a part has told the world, in order, and forgets: there is no relay here. */
export async function takeOutbox(dataSource: DataSource): Promise<{ topic: string; event: unknown }[]> {
  const rows: { topic: string; value: Buffer }[] = await dataSource.query(
    'SELECT topic, value FROM outbox ORDER BY id',
  );
  await dataSource.query('DELETE FROM outbox');
  return rows.map(({ topic, value }) => ({ topic, event: JSON.parse(value.toString('utf8')) as unknown }));
}

export const isDeliveryUpdated = ({ topic }: { topic: string }): boolean =>
  topic === topics.deliveryUpdated.name;
