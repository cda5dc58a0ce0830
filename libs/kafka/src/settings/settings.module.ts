import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { TopicDefinition } from '@clickjoin/contracts';
import { HealthRegistry, Lifecycle, MetricsRegistry } from '@clickjoin/service-kit';
import { KafkaClient } from '../client/kafka-client';
import { TopicProvisioner } from '../topics/topic-provisioner';
import { tableToken } from './inject-table.decorator';
import { SettingsTables } from './settings-tables';
import { SettingsTablesMetrics } from './settings-tables.metrics';

/** Reads the tables before the service takes any work. */
@Injectable()
class SettingsLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(SettingsTables) private readonly tables: SettingsTables,
    @Inject(HealthRegistry) health: HealthRegistry,
  ) {
    health.register('settings', () => {
      if (tables.isReady()) return { status: 'up' };
      return tables.hasCaughtUp()
        ? { status: 'degraded', detail: 'Kafka is away: settings are kept as they were' }
        : { status: 'down', detail: 'settings are being read from Kafka' };
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.tables.start();
    await this.tables.waitUntilReady();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tables.close();
  }
}

/**
 * Settings as tables in memory: `SettingsModule.forTopics([topics.channel])`, once in the root module, then
 * `@InjectTable(topics.channel) channels: SettingsTable<ChannelConfigured>` anywhere. Needs KafkaModule. They are
 * caught up before HTTP and consumers start.
 */
@Module({})
export class SettingsModule {
  static forTopics(topics: readonly TopicDefinition[]): DynamicModule {
    const tables = topics.map((topic) => ({
      provide: tableToken(topic),
      inject: [SettingsTables],
      useFactory: (all: SettingsTables) => all.table(topic),
    }));
    return {
      module: SettingsModule,
      global: true,
      providers: [
        {
          provide: SettingsTables,
          inject: [KafkaClient, TopicProvisioner, MetricsRegistry, Lifecycle],
          useFactory: (
            client: KafkaClient,
            provisioner: TopicProvisioner,
            registry: MetricsRegistry,
            lifecycle: Lifecycle,
          ) =>
            new SettingsTables(client, topics, {
              provisioner,
              metrics: new SettingsTablesMetrics(registry),
              onFatal: (error) => lifecycle.fatal(error, 'the reader of settings stopped'),
            }),
        },
        SettingsLifecycle,
        ...tables,
      ],
      exports: [SettingsTables, ...tables.map(({ provide }) => provide)],
    };
  }
}
