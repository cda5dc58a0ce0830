import { topics } from '@clickjoin/contracts';
import { serviceConsumer } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import type { ServiceDefinition } from '@clickjoin/service-kit';
import { AppModule } from './app.module';
import { DispatcherConfig } from './config';
import { SERVICE } from './service-name';

/** The service as `bootstrap` and the tests start it. */
export const definition: ServiceDefinition<DispatcherConfig> = {
  service: SERVICE,
  config: DispatcherConfig,
  module: () => AppModule,
  consumers: (app) => [
    serviceConsumer(app, {
      groupId: SERVICE,
      topics: [topics.conversionAttributed, topics.personErased],
      offsets: FencedTransactions,
    }),
  ],
};
