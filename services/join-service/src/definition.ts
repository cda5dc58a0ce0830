import type { ServiceDefinition } from '@clickjoin/service-kit';
import { AppModule } from './app.module';
import { JoinServiceConfig } from './config';
import { SERVICE } from './service-name';
import { BotKeeper } from './watch-bot/bot-keeper';

export const definition: ServiceDefinition<JoinServiceConfig> = {
  service: SERVICE,
  config: JoinServiceConfig,
  module: () => AppModule,
  // Not before the port is open: Telegram connects to the address while it sets the webhook.
  onReady: (app) => app.get(BotKeeper).start(),
};
