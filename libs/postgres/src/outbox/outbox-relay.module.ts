import { HealthRegistry, MetricsRegistry, RANDOM, type Random } from '@clickjoin/service-kit';
import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type InjectionToken,
  type ModuleMetadata,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DatabaseSettings } from '../database/database-settings';
import { measureBacklog, OutboxMetrics } from './outbox-metrics';
import { OutboxRelay, type OutboxPublisher, type RelayOptions } from './outbox-relay';
import { OutboxSignal } from './outbox-signal';

export interface OutboxRelayModuleOptions extends RelayOptions {
  /** Token of a provider with `publishAll`: the publisher of the Kafka library. */
  readonly publisher: InjectionToken<OutboxPublisher>;
  /** Where that provider comes from, unless from a global module. */
  readonly imports?: ModuleMetadata['imports'];
}

/**
 * Relays this service's outbox. Begins when everything is up, and ends in `beforeApplicationShutdown`, ahead of the
 * publisher and the database, which close in `onApplicationShutdown`.
 */
@Module({})
export class OutboxRelayModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly relay: OutboxRelay) {}

  static register({ publisher, imports = [], ...options }: OutboxRelayModuleOptions): DynamicModule {
    return {
      module: OutboxRelayModule,
      imports,
      providers: [
        {
          provide: OutboxRelay,
          inject: [
            DatabaseSettings,
            publisher,
            OutboxSignal,
            DataSource,
            MetricsRegistry,
            HealthRegistry,
            RANDOM,
          ],
          useFactory: (
            settings: DatabaseSettings,
            target: OutboxPublisher,
            signal: OutboxSignal,
            dataSource: DataSource,
            registry: MetricsRegistry,
            health: HealthRegistry,
            random: Random,
          ): OutboxRelay => {
            const metrics = new OutboxMetrics(registry);
            const relay = new OutboxRelay(settings, target, signal, metrics, random, options);
            measureBacklog(registry, metrics, dataSource);
            health.register('outbox', () => relay.health());
            return relay;
          },
        },
      ],
      exports: [OutboxRelay],
    };
  }

  onApplicationBootstrap(): void {
    this.relay.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.relay.stop();
  }
}
