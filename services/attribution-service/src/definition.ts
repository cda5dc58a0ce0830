import { topics } from '@clickjoin/contracts';
import { serviceConsumer } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import type { ServiceDefinition } from '@clickjoin/service-kit';
import { AppModule } from './app.module';
import { AttributionConfig } from './config';
import { SERVICE } from './service-name';

export const definition: ServiceDefinition<AttributionConfig> = {
  service: SERVICE,
  config: AttributionConfig,
  module: () => AppModule,
  consumers: (app) => [
    serviceConsumer(app, {
      groupId: SERVICE,
      // Who was erased is best known before anything of theirs is read; and a join whose click is there is decided as it
      // is inserted, while one that comes first is written twice.
      topics: [topics.personErased, topics.clickCaptured, topics.botStarted, topics.joinReceived],
      catchesUpInOrder: true,
      offsets: FencedTransactions,
    }),
  ],
};
