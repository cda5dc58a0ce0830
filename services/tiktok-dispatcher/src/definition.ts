import { topics } from '@clickjoin/contracts';
import {
  BatchServerMetrics,
  KafkaBatchServer,
  KafkaClient,
  Publisher,
  TopicProvisioner,
} from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import { CLOCK, HealthRegistry, Lifecycle, type ServiceDefinition } from '@clickjoin/service-kit';
import type { Clock } from '@clickjoin/contracts';
import { AppModule } from './app.module';
import { DispatcherConfig } from './config';
import { SERVICE } from './service-name';

/** The service as `bootstrap` and the tests start it. */
export const definition: ServiceDefinition<DispatcherConfig> = {
  service: SERVICE,
  config: DispatcherConfig,
  module: () => AppModule,
  consumers: (app) => {
    const server = new KafkaBatchServer({
      client: app.get(KafkaClient),
      groupId: SERVICE,
      topics: [topics.conversionAttributed],
      transactions: app.get(FencedTransactions),
      publisher: app.get(Publisher),
      provisioner: app.get(TopicProvisioner),
      metrics: app.get(BatchServerMetrics),
      clock: app.get<Clock>(CLOCK),
      onFatal: (error) => app.get(Lifecycle).fatal(error, 'the consumer of conversions stopped'),
    });
    app
      .get(HealthRegistry)
      .register('conversions', () =>
        server.isReady() ? { status: 'up' } : { status: 'down', detail: 'not in the consumer group' },
      );
    return [server];
  },
};
