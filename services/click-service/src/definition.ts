import type { ServiceDefinition } from '@clickjoin/service-kit';
import { AppModule } from './app.module';
import { SERVICE } from './capture/click-log';
import { ClickServiceConfig } from './config';

export const definition: ServiceDefinition<ClickServiceConfig> = {
  service: SERVICE,
  config: ClickServiceConfig,
  module: () => AppModule,
  http: ({ trustedProxies }) => ({ trustedProxies }),
};
