import { topics } from '@clickjoin/contracts';
import { KafkaModule, Publisher, SettingsModule } from '@clickjoin/kafka';
import { OutboxMigration, OutboxRelayModule, PostgresModule } from '@clickjoin/postgres';
import { TelegramClient } from '@clickjoin/telegram';
import { Module } from '@nestjs/common';
import { Admission } from './admission/admission';
import { CaptureService } from './capture/capture.service';
import { ClickIdMigration } from './capture/click-id.migration';
import { ClickIdStore } from './capture/click-id.store';
import { ClickIds } from './capture/click-ids';
import { ClickLog } from './capture/click-log';
import { ClickSpool } from './capture/click-spool';
import { RedirectRoutes } from './capture/redirect.routes';
import { WaysIn } from './capture/ways-in';
import { ChannelDirectory } from './channels/channel-directory';
import { ClickApiRoutes } from './click-api/click-api.routes';
import { ClickCalls } from './click-api/click-calls';
import { ClickServiceConfig } from './config';
import { LinkStock } from './link-stock/link-stock';
import { LinkFormMigration } from './link-stock/link-form.migration';
import { LinkStockMigration } from './link-stock/link-stock.migration';
import { LinkStockStore } from './link-stock/link-stock.store';
import { MintingService } from './link-stock/minting.service';
import { StockController } from './link-stock/stock.controller';
import { ClickMetrics } from './metrics';
import { SERVICE } from './service-name';
import { SiteDirectory } from './sites/site-directory';
import { ScriptSightings } from './tracker/script-sightings';
import { TrackerController } from './tracker/tracker.controller';

/** The order of the imports is that of the start; closing goes the other way round. */
@Module({
  imports: [
    PostgresModule.forService({
      database: SERVICE,
      migrations: [OutboxMigration, LinkStockMigration, LinkFormMigration, ClickIdMigration],
      // Leased links are in memory and clicks go to Kafka: visitors are led on.
      whenAway: 'degraded',
    }),
    KafkaModule.forService({ clientId: SERVICE, publishes: [topics.clickCaptured, topics.scriptSeen] }),
    SettingsModule.forTopics([topics.channel, topics.bot, topics.site]),
    OutboxRelayModule.register({ publisher: Publisher }),
  ],
  controllers: [StockController, TrackerController],
  providers: [
    ClickMetrics,
    ChannelDirectory,
    SiteDirectory,
    ScriptSightings,
    {
      provide: TelegramClient,
      inject: [ClickServiceConfig],
      useFactory: ({ telegramApiUrl }: ClickServiceConfig) => new TelegramClient(telegramApiUrl),
    },
    LinkStockStore,
    MintingService,
    LinkStock,
    Admission,
    ClickSpool,
    ClickLog,
    ClickIdStore,
    ClickIds,
    WaysIn,
    CaptureService,
    RedirectRoutes,
    ClickCalls,
    ClickApiRoutes,
  ],
})
export class AppModule {}
