import { topics } from '@clickjoin/contracts';
import { KafkaModule, Publisher } from '@clickjoin/kafka';
import { OffsetsMigration, OutboxMigration, OutboxRelayModule, PostgresModule } from '@clickjoin/postgres';
import { Global, Module } from '@nestjs/common';
import { KeysetModule } from './api/keyset.module';
import { ApiTokensMigration } from './access/api-tokens.migration';
import { AuditMigration } from './audit/audit.migration';
import { BotCheckEntity } from './bots/bot-check.entity';
import { BotSettingsMigration } from './bots/bot-settings.migration';
import { ChannelSettingsMigration } from './channels/channel-settings.migration';
import { DeliveryListsMigration } from './deliveries/delivery-lists.migration';
import { InternalApiModule } from './internal-api/internal-api.module';
import { ErasedJoinsMigration } from './joins/erased-joins.migration';
import { JoinFactsMigration } from './joins/join-facts.migration';
import { MembershipsMigration } from './memberships/memberships.migration';
import { MembershipsModule } from './memberships/memberships.module';
import { OverviewMigration } from './overview/overview.migration';
import { PixelStateEntity } from './pixels/pixel-state.entity';
import { PixelStatesMigration } from './pixels/pixel-states.migration';
import { PixelTestsMigration } from './pixels/pixel-tests.migration';
import { RestoreSettingsModule } from './restore-settings/restore-settings.module';
import { SiteSettingsMigration } from './sites/site-settings.migration';
import { WebUiModule } from './web-ui/web-ui.module';
import { OpenApiModule } from './api/openapi.controller';
import { AccessModule } from './access/access.module';
import { AuditModule } from './audit/audit.module';
import { LiveEventsModule } from './live-events/live-events.module';
import { ChoicesModule } from './choices/choices.module';
import { OverviewModule } from './overview/overview.module';
import { HealthModule } from './health/health.module';
import { ChecklistModule } from './checklist/checklist.module';
import { SnippetModule } from './snippet/snippet.module';
import { ReplaysModule } from './replays/replays.module';
import { ErasuresModule } from './erasures/erasures.module';
import { EventPreviewsModule } from './event-previews/event-previews.module';
import { LinkStockModule } from './link-stock/link-stock.module';
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
  AuditMigration,
  ApiTokensMigration,
  SiteSettingsMigration,
  BotSettingsMigration,
  PixelStatesMigration,
  ChannelSettingsMigration,
  MembershipsMigration,
  JoinFactsMigration,
  DeliveryListsMigration,
  OverviewMigration,
  PixelTestsMigration,
  ErasedJoinsMigration,
];
export const ENTITIES = [
  SiteEntity,
  PixelEntity,
  PixelStateEntity,
  BotEntity,
  BotCheckEntity,
  ChannelEntity,
  ChannelBotEntity,
];

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
    InternalApiModule,
    KeysetModule,
    RestoreSettingsModule,
    SignInModule,
    SitesModule,
    PixelsModule,
    BotsModule,
    ChannelsModule,
    ClicksModule,
    JoinsModule,
    MembershipsModule,
    DeliveriesModule,
    SummaryModule,
    AccessModule,
    AuditModule,
    LiveEventsModule,
    ChoicesModule,
    OverviewModule,
    HealthModule,
    ChecklistModule,
    SnippetModule,
    ReplaysModule,
    ErasuresModule,
    EventPreviewsModule,
    LinkStockModule,
    OpenApiModule,
    // Last: its path is every path that is nobody's.
    WebUiModule,
  ],
})
export class AppModule {}
