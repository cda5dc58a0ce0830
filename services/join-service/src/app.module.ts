import { type DynamicModule, Module } from '@nestjs/common';
import { topics } from '@clickjoin/contracts';
import { KafkaModule, SettingsModule } from '@clickjoin/kafka';
import { BotDirectory } from './bots/bot-directory';
import type { JoinServiceConfig } from './config';
import { JoinMetrics } from './metrics';
import { UpdateIntake } from './receive-update/update-intake';
import { WebhookRoutes } from './receive-update/webhook.route';
import { SERVICE } from './service-name';
import { WebhookApi } from './webhook/webhook-api';
import { WebhookKeeper } from './webhook/webhook-keeper';

@Module({})
export class AppModule {
  static for({ telegramApiUrl }: JoinServiceConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        KafkaModule.forService({
          clientId: SERVICE,
          publishes: [
            topics.joinReceived,
            topics.memberLeft,
            topics.botStarted,
            topics.channelDetected,
            topics.updateRejected,
          ],
        }),
        SettingsModule.forTopics([topics.bot]),
      ],
      providers: [
        JoinMetrics,
        BotDirectory,
        UpdateIntake,
        WebhookRoutes,
        { provide: WebhookApi, useFactory: () => new WebhookApi(telegramApiUrl) },
        WebhookKeeper,
      ],
    };
  }
}
