import { Module } from '@nestjs/common';
import { topics } from '@clickjoin/contracts';
import { KafkaModule, Publisher, SettingsModule } from '@clickjoin/kafka';
import { OffsetsMigration, OutboxMigration, OutboxRelayModule, PostgresModule } from '@clickjoin/postgres';
import { DeliveriesMigration } from './delivery/deliveries.migration';
import { DispatcherMetrics } from './metrics';
import { PixelPauses } from './pause-pixel/pixel-pauses';
import { PixelPausesMigration } from './pause-pixel/pixel-pauses.migration';
import { ConversionAttributedHandler } from './queue-delivery/conversion-attributed.handler';
import { FirstStartMigration } from './queue-delivery/first-start.migration';
import { DeliveriesController } from './read-delivery/deliveries.controller';
import { DeliveryStore } from './read-delivery/delivery.store';
import { Attempts } from './send/attempts';
import { SendWorker } from './send/send.worker';
import { Sender } from './send/sender';
import { SERVICE } from './service-name';

@Module({
  imports: [
    PostgresModule.forService({
      database: SERVICE,
      migrations: [
        OffsetsMigration,
        OutboxMigration,
        DeliveriesMigration,
        PixelPausesMigration,
        FirstStartMigration,
      ],
    }),
    KafkaModule.forService({ clientId: SERVICE, publishes: [topics.deliveryUpdated] }),
    SettingsModule.forTopics([topics.pixel, topics.channel]),
    OutboxRelayModule.register({ publisher: Publisher }),
  ],
  controllers: [ConversionAttributedHandler, DeliveriesController],
  providers: [DispatcherMetrics, Attempts, PixelPauses, Sender, SendWorker, DeliveryStore],
})
export class AppModule {}
