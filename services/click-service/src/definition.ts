import type { ServiceDefinition } from '@clickjoin/service-kit';
import { AppModule } from './app.module';
import { ClickServiceConfig } from './config';
import { SERVICE } from './service-name';

export const definition: ServiceDefinition<ClickServiceConfig> = {
  service: SERVICE,
  config: ClickServiceConfig,
  module: () => AppModule,
  // A landing URL of 8 KiB, percent-encoded in ours, and again as referrer: the visitor still has to get through.
  http: ({ trustedProxies }) => ({ trustedProxies, headerLimitBytes: 64 * 1024 }),
  onReady: (app, { maxConnections }) => {
    app.getHttpServer().maxConnections = maxConnections;
  },
};
