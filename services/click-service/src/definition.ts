import type { ServiceDefinition } from '@clickjoin/service-kit';
import { AppModule } from './app.module';
import { ClickServiceConfig } from './config';
import { SERVICE } from './service-name';

export const definition: ServiceDefinition<ClickServiceConfig> = {
  service: SERVICE,
  config: ClickServiceConfig,
  module: () => AppModule,
  http: ({ trustedProxies }) => ({ trustedProxies }),
};
