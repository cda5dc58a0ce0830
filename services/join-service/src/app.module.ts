import { Module } from '@nestjs/common';
import { topics } from '@clickjoin/contracts';
import { KafkaModule, SettingsModule } from '@clickjoin/kafka';
import { TelegramClient } from '@clickjoin/telegram';
import { BotDirectory } from './bots/bot-directory';
import { JoinServiceConfig } from './config';
import { JoinMetrics } from './metrics';
import { UpdateIntake } from './receive-update/update-intake';
import { WebhookRoutes } from './receive-update/webhook.route';
import { SERVICE } from './service-name';
import { WebhookKeeper } from './webhook/webhook-keeper';

@Module({
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
    {
      provide: TelegramClient,
      inject: [JoinServiceConfig],
      useFactory: ({ telegramApiUrl }: JoinServiceConfig) => new TelegramClient(telegramApiUrl),
    },
    WebhookKeeper,
  ],
})
export class AppModule {}
