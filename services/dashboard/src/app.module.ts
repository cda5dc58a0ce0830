import { topics } from '@clickjoin/contracts';
import { KafkaModule, Publisher } from '@clickjoin/kafka';
import { OffsetsMigration, OutboxMigration, OutboxRelayModule, PostgresModule } from '@clickjoin/postgres';
import { Global, Module } from '@nestjs/common';
import { OpenApiModule } from './api/openapi.controller';
import { BotEntity } from './bots/bot.entity';
import { BotsMigration } from './bots/bots.migration';
import { BotsModule } from './bots/bots.module';
import { ChannelBotEntity, ChannelEntity } from './channels/channel.entity';
import { ChannelsMigration } from './channels/channels.migration';
import { ChannelsModule } from './channels/channels.module';
import { ClicksMigration } from './clicks/clicks.migration';
import { ClicksModule } from './clicks/clicks.module';
import { DeliveriesMigration } from './deliveries/deliveries.migration';
import { DeliveriesModule } from './deliveries/deliveries.module';
import { JoinsMigration } from './joins/joins.migration';
import { JoinsModule } from './joins/joins.module';
import { DashboardMetrics } from './metrics';
import { PixelEntity } from './pixels/pixel.entity';
import { PixelsMigration } from './pixels/pixels.migration';
import { PixelsModule } from './pixels/pixels.module';
import { SERVICE } from './service-name';
import { SignInMigration } from './sign-in/sign-in.migration';
import { SignInModule } from './sign-in/sign-in.module';
import { SiteEntity } from './sites/site.entity';
import { SitesMigration } from './sites/sites.migration';
import { SitesModule } from './sites/sites.module';
import { SummaryModule } from './summary/summary.module';

export const MIGRATIONS = [
  OffsetsMigration,
  OutboxMigration,
  SignInMigration,
  SitesMigration,
  PixelsMigration,
  BotsMigration,
  ChannelsMigration,
  ClicksMigration,
  JoinsMigration,
  DeliveriesMigration,
];
export const ENTITIES = [SiteEntity, PixelEntity, BotEntity, ChannelEntity, ChannelBotEntity];

@Global()
@Module({ providers: [DashboardMetrics], exports: [DashboardMetrics] })
class MetricsModule {}

@Module({
  imports: [
    PostgresModule.forService({ database: SERVICE, migrations: MIGRATIONS, entities: ENTITIES }),
    KafkaModule.forService({
      clientId: SERVICE,
      publishes: [topics.site, topics.channel, topics.pixel, topics.bot],
    }),
    OutboxRelayModule.register({ publisher: Publisher }),
    MetricsModule,
    SignInModule,
    SitesModule,
    PixelsModule,
    BotsModule,
    ChannelsModule,
    ClicksModule,
    JoinsModule,
    DeliveriesModule,
    SummaryModule,
    OpenApiModule,
  ],
})
export class AppModule {}
