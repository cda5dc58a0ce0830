import { topics } from '@clickjoin/contracts';
import { KafkaModule, Publisher } from '@clickjoin/kafka';
import { OutboxRelayModule, PostgresModule } from '@clickjoin/postgres';
import { Module } from '@nestjs/common';
import { AttributeModule } from './attribute/attribute.module';
import { CoPartitioning } from './attribute/co-partitioning';
import { ClosingLoop } from './close-waiting-joins/closing-loop';
import { Erasure } from './erasures/erasure';
import { ErasureStore } from './erasures/erasure.store';
import { ErasuresController } from './erasures/erasures.controller';
import { PersonErasedHandler } from './erasures/person-erased.handler';
import { ExplainController } from './explain/explain.controller';
import { ExplainReader } from './explain/explain.reader';
import { FunnelController } from './funnel/funnel.controller';
import { FunnelReader } from './funnel/funnel.reader';
import { migrations } from './migrations';
import { RetentionLoop } from './retention/retention-loop';
import { RetentionStore } from './retention/retention.store';
import { Sweeper } from './retention/sweeper';
import { SERVICE } from './service-name';
import { SurpriseReader } from './surprises/surprise.reader';
import { SurprisesController } from './surprises/surprises.controller';

@Module({
  imports: [
    PostgresModule.forService({ database: SERVICE, migrations }),
    KafkaModule.forService({
      clientId: SERVICE,
      publishes: [topics.conversionAttributed, topics.joinOrganic, topics.personErased],
    }),
    OutboxRelayModule.register({ publisher: Publisher }),
    AttributeModule,
  ],
  controllers: [
    ExplainController,
    SurprisesController,
    FunnelController,
    ErasuresController,
    PersonErasedHandler,
  ],
  providers: [
    ClosingLoop,
    CoPartitioning,
    Erasure,
    ErasureStore,
    ExplainReader,
    FunnelReader,
    RetentionLoop,
    RetentionStore,
    SurpriseReader,
    Sweeper,
  ],
})
export class AppModule {}
