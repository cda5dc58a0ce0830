import { Module } from '@nestjs/common';
import { topics } from '@clickjoin/contracts';
import { KafkaModule, SettingsModule } from '@clickjoin/kafka';
import { TelegramClient } from '@clickjoin/telegram';
import { BotActivity } from './bots/bot-activity';
import { BotDirectory } from './bots/bot-directory';
import { ChannelSightings } from './channels/channel-sightings';
import { ChannelWatch } from './channels/channel-watch';
import { KnownChannels } from './channels/known-channels';
import { JoinServiceConfig } from './config';
import { FollowUpRunner } from './follow-up/follow-up-runner';
import { StartAnswer } from './follow-up/start-answer';
import { JoinMetrics } from './metrics';
import { PollLeadership } from './poll-updates/poll-leadership';
import { UpdateIntake } from './receive-update/update-intake';
import { WebhookRoutes } from './receive-update/webhook.route';
import { SERVICE } from './service-name';
import { TelegramConnection } from './telegram-connection';
import { BotKeeper } from './watch-bot/bot-keeper';
import { BotReporter } from './watch-bot/bot-reporter';

@Module({
  imports: [
    KafkaModule.forService({
      clientId: SERVICE,
      publishes: [
        topics.joinReceived,
        topics.memberLeft,
        topics.botStarted,
        topics.channelDetected,
        topics.chatMigrated,
        topics.botChecked,
        topics.updateRejected,
      ],
    }),
    // The last two are its own: what it has said of channels and bots is all that it remembers.
    SettingsModule.forTopics([topics.bot, topics.channel, topics.channelDetected, topics.botChecked]),
  ],
  providers: [
    JoinMetrics,
    {
      provide: TelegramClient,
      inject: [JoinServiceConfig],
      useFactory: ({ telegramApiUrl }: JoinServiceConfig) => new TelegramClient(telegramApiUrl),
    },
    TelegramConnection,
    BotDirectory,
    BotActivity,
    KnownChannels,
    ChannelWatch,
    ChannelSightings,
    StartAnswer,
    FollowUpRunner,
    UpdateIntake,
    WebhookRoutes,
    PollLeadership,
    BotReporter,
    BotKeeper,
  ],
})
export class AppModule {}
