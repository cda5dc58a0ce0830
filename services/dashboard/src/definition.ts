import { serviceConsumer } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import type { ServiceDefinition } from '@clickjoin/service-kit';
import { ApiDescription } from './api/openapi.controller';
import { AppModule } from './app.module';
import { DashboardConfig } from './config';
import { CONSUMED } from './consumed-topics';
import { describe } from './openapi/describe';
import { SERVICE } from './service-name';

export const definition: ServiceDefinition<DashboardConfig> = {
  service: SERVICE,
  config: DashboardConfig,
  module: () => AppModule,
  consumers: (app) => [
    serviceConsumer(app, { groupId: SERVICE, topics: CONSUMED, offsets: FencedTransactions }),
  ],
  onReady: (app) => app.get(ApiDescription).of(app, describe),
};
