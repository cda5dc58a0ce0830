import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type InjectionToken,
} from '@nestjs/common';
import type { TopicDefinition } from '@clickjoin/contracts';
import { BaseConfig, MetricsRegistry } from '@clickjoin/service-kit';
import { BatchServerMetrics } from './batch-server/batch-server.metrics';
import { KafkaClient } from './client/kafka-client';
import type { KafkaOptions } from './client/kafka-options';
import { Publisher } from './publisher/publisher';
import { PublisherMetrics } from './publisher/publisher.metrics';
import { TopicProvisioner } from './topics/topic-provisioner';

export interface KafkaServiceOptions {
  /** The service's name. */
  readonly clientId: string;
  /** Topics that the service writes: made and checked before it takes work. */
  readonly publishes?: readonly TopicDefinition[];
}

export interface KafkaAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: readonly InjectionToken[];
  readonly useFactory: (...injected: never[]) => KafkaOptions | Promise<KafkaOptions>;
  readonly publishes?: KafkaServiceOptions['publishes'];
}

const PUBLISHES = Symbol('topics that the service writes');

/** Opens Kafka before the service takes work, closes it after all who publish. */
@Injectable()
class KafkaLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(KafkaClient) private readonly client: KafkaClient,
    @Inject(Publisher) private readonly publisher: Publisher,
    @Inject(TopicProvisioner) private readonly provisioner: TopicProvisioner,
    @Inject(PUBLISHES) private readonly publishes: readonly TopicDefinition[],
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.provisioner.ensure(this.publishes);
    await this.publisher.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.publisher.close();
    await this.client.close();
  }
}

/** KafkaClient, Publisher and TopicProvisioner for the whole service. Global; imported once, in the root module. */
@Module({})
export class KafkaModule {
  /** With the service's BaseConfig (service-kit). */
  static forService({ clientId, publishes = [] }: KafkaServiceOptions): DynamicModule {
    return KafkaModule.forRootAsync({
      inject: [BaseConfig],
      useFactory: (config: BaseConfig): KafkaOptions => ({
        clientId,
        brokers: config.kafkaBrokers,
        topicPrefix: config.topicPrefix,
        partitions: config.topicPartitions,
        replicationFactor: config.topicReplicationFactor,
      }),
      publishes,
    });
  }

  static forRootAsync({
    imports = [],
    inject = [],
    useFactory,
    publishes = [],
  }: KafkaAsyncOptions): DynamicModule {
    return {
      module: KafkaModule,
      global: true,
      imports,
      providers: [
        {
          provide: KafkaClient,
          inject: [...inject],
          useFactory: async (...injected: never[]) => new KafkaClient(await useFactory(...injected)),
        },
        {
          provide: TopicProvisioner,
          inject: [KafkaClient],
          useFactory: (client: KafkaClient) => new TopicProvisioner(client),
        },
        {
          provide: PublisherMetrics,
          inject: [MetricsRegistry],
          useFactory: (registry: MetricsRegistry) => new PublisherMetrics(registry),
        },
        {
          provide: BatchServerMetrics,
          inject: [MetricsRegistry],
          useFactory: (registry: MetricsRegistry) => new BatchServerMetrics(registry),
        },
        {
          provide: Publisher,
          inject: [KafkaClient, PublisherMetrics],
          useFactory: (client: KafkaClient, metrics: PublisherMetrics) => new Publisher(client, { metrics }),
        },
        { provide: PUBLISHES, useValue: publishes },
        KafkaLifecycle,
      ],
      exports: [KafkaClient, Publisher, TopicProvisioner, BatchServerMetrics],
    };
  }
}
