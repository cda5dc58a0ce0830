import { Module } from '@nestjs/common';
import { topics } from '@clickjoin/contracts';
import { KafkaModule, Publisher, SettingsModule } from '@clickjoin/kafka';
import { OutboxRelayModule, PostgresModule } from '@clickjoin/postgres';
import { AwaitedChannels } from './await-channel/awaited-channels';
import { KnownChannels } from './await-channel/known-channels';
import { Erasures } from './erase/erasures';
import { PersonErasedHandler } from './erase/person-erased.handler';
import { DispatcherMetrics } from './metrics';
import { MIGRATIONS } from './migrations';
import { PixelPauses } from './pause-pixel/pixel-pauses';
import { PixelStatusStore } from './pause-pixel/pixel-status.store';
import { PixelsController } from './pause-pixel/pixels.controller';
import { Presence } from './presence/presence';
import { EventPreviewsController } from './preview-event/event-previews.controller';
import { ConversionAttributedHandler } from './queue-delivery/conversion-attributed.handler';
import { SendRates } from './rate-limit/send-rates';
import { DeliveriesController } from './read-delivery/deliveries.controller';
import { DeliveryStore } from './read-delivery/delivery.store';
import { Replays } from './replay/replays';
import { ReplaysController } from './replay/replays.controller';
import { Claims } from './send/claims';
import { Overdue } from './send/overdue';
import { RequestSender } from './send/request-sender';
import { SendWorker } from './send/send.worker';
import { Settlements } from './send/settlements';
import { Upkeep } from './send/upkeep';
import { SERVICE } from './service-name';
import { PixelTests } from './test-pixel/pixel-tests';
import { PixelTestsController } from './test-pixel/pixel-tests.controller';
import { AccessTokens } from './tiktok/access-tokens';
import { TikTokSender } from './tiktok/tiktok-sender';

@Module({
  imports: [
    PostgresModule.forService({
      database: SERVICE,
      migrations: MIGRATIONS,
    }),
    KafkaModule.forService({
      clientId: SERVICE,
      publishes: [topics.deliveryUpdated, topics.pixelStateChanged],
    }),
    SettingsModule.forTopics([topics.pixel, topics.channel, topics.chatMigrated]),
    OutboxRelayModule.register({ publisher: Publisher }),
  ],
  controllers: [
    ConversionAttributedHandler,
    PersonErasedHandler,
    DeliveriesController,
    ReplaysController,
    PixelsController,
    PixelTestsController,
    EventPreviewsController,
  ],
  providers: [
    DispatcherMetrics,
    AccessTokens,
    TikTokSender,
    SendRates,
    PixelPauses,
    PixelStatusStore,
    Erasures,
    Presence,
    Claims,
    Settlements,
    KnownChannels,
    AwaitedChannels,
    Overdue,
    Upkeep,
    RequestSender,
    SendWorker,
    DeliveryStore,
    Replays,
    PixelTests,
  ],
})
export class AppModule {}
