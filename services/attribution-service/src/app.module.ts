import { topics } from '@clickjoin/contracts';
import { KafkaModule, Publisher } from '@clickjoin/kafka';
import { OffsetsMigration, OutboxMigration, OutboxRelayModule, PostgresModule } from '@clickjoin/postgres';
import { Module } from '@nestjs/common';
import { AttributionStore } from './attribute/attribution.store';
import { ClickCapturedHandler } from './attribute/click-captured.handler';
import { ClicksAndJoinsMigration } from './attribute/clicks-and-joins.migration';
import { CoPartitioning } from './attribute/co-partitioning';
import { JoinReceivedHandler } from './attribute/join-received.handler';
import { Closer } from './close-waiting-joins/closer';
import { ClosingLoop } from './close-waiting-joins/closing-loop';
import { SERVICE } from './service-name';
import { AttributionMetrics } from './metrics';

@Module({
  imports: [
    PostgresModule.forService({
      database: SERVICE,
      migrations: [OffsetsMigration, OutboxMigration, ClicksAndJoinsMigration],
    }),
    KafkaModule.forService({
      clientId: SERVICE,
      publishes: [topics.conversionAttributed, topics.joinOrganic],
    }),
    OutboxRelayModule.register({ publisher: Publisher }),
  ],
  controllers: [ClickCapturedHandler, JoinReceivedHandler],
  providers: [CoPartitioning, AttributionStore, AttributionMetrics, Closer, ClosingLoop],
})
export class AppModule {}
