import { topics } from '@clickjoin/contracts';
import { serviceConsumer } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import type { ServiceDefinition } from '@clickjoin/service-kit';
import { ApiDescription } from './api/openapi.controller';
import { AppModule } from './app.module';
import { DashboardConfig } from './config';
import { SERVICE } from './service-name';

export const definition: ServiceDefinition<DashboardConfig> = {
  service: SERVICE,
  config: DashboardConfig,
  module: () => AppModule,
  consumers: (app) => [
    serviceConsumer(app, {
      groupId: SERVICE,
      topics: [
        topics.clickCaptured,
        topics.joinReceived,
        topics.channelDetected,
        topics.conversionAttributed,
        topics.joinOrganic,
        topics.deliveryUpdated,
      ],
      offsets: FencedTransactions,
    }),
  ],
  onReady: (app) => app.get(ApiDescription).of(app),
};
