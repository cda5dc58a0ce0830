import { topics } from '@clickjoin/contracts';
import { KafkaModule, Publisher, SettingsModule } from '@clickjoin/kafka';
import { OutboxMigration, OutboxRelayModule, PostgresModule } from '@clickjoin/postgres';
import { TelegramClient } from '@clickjoin/telegram';
import { Module } from '@nestjs/common';
import { CaptureController } from './capture/capture.controller';
import { CaptureService } from './capture/capture.service';
import { ClickLog } from './capture/click-log';
import { ClickSpool } from './capture/click-spool';
import { ChannelDirectory } from './channels/channel-directory';
import { ClickServiceConfig } from './config';
import { LinkStock } from './link-stock/link-stock';
import { LinkStockMigration } from './link-stock/link-stock.migration';
import { LinkStockStore } from './link-stock/link-stock.store';
import { MintingService } from './link-stock/minting.service';
import { StockController } from './link-stock/stock.controller';
import { ClickMetrics } from './metrics';
import { SERVICE } from './service-name';

/** The order of the imports is that of the start; closing goes the other way round. */
@Module({
  imports: [
    PostgresModule.forService({
      database: SERVICE,
      migrations: [OutboxMigration, LinkStockMigration],
      // Leased links are in memory and clicks go to Kafka: visitors are led on.
      whenAway: 'degraded',
    }),
    KafkaModule.forService({ clientId: SERVICE, publishes: [topics.clickCaptured] }),
    SettingsModule.forTopics([topics.channel, topics.bot]),
    OutboxRelayModule.register({ publisher: Publisher }),
  ],
  controllers: [CaptureController, StockController],
  providers: [
    ClickMetrics,
    ChannelDirectory,
    {
      provide: TelegramClient,
      inject: [ClickServiceConfig],
      useFactory: ({ telegramApiUrl }: ClickServiceConfig) => new TelegramClient(telegramApiUrl),
    },
    LinkStockStore,
    MintingService,
    LinkStock,
    ClickSpool,
    ClickLog,
    CaptureService,
  ],
})
export class AppModule {}
