import { Module } from '@nestjs/common';
import { BotStartStore } from '../bot-start/bot-start.store';
import { BotStartedHandler } from '../bot-start/bot-started.handler';
import { MemberKnowledgeStore } from '../bot-start/member-knowledge';
import { NotedMembers } from '../bot-start/noted-members';
import { Closer } from '../close-waiting-joins/closer';
import { LogClock } from '../close-waiting-joins/log-clock';
import { ReadMarks } from '../close-waiting-joins/read-marks';
import { CommittedMetrics } from '../committed-metrics';
import { ErasedClickStore } from '../erasures/erased-click.store';
import { FunnelStore } from '../funnel/funnel.store';
import { AttributionMetrics } from '../metrics';
import { SurpriseStore } from '../surprises/surprise.store';
import { AdmissionStore } from './admission';
import { ClickCapturedHandler } from './click-captured.handler';
import { ClickStore } from './click.store';
import { DecisionWriter } from './decision.writer';
import { JoinReceivedHandler } from './join-received.handler';
import { JoinStore } from './join.store';

/**
 * Everything that decides, and nothing that starts by itself: the service runs it, and so do the rebuild and the
 * specs, each with its own log and its own clock.
 */
@Module({
  controllers: [ClickCapturedHandler, JoinReceivedHandler, BotStartedHandler],
  providers: [
    AdmissionStore,
    AttributionMetrics,
    BotStartStore,
    ClickStore,
    Closer,
    CommittedMetrics,
    DecisionWriter,
    ErasedClickStore,
    FunnelStore,
    JoinStore,
    LogClock,
    MemberKnowledgeStore,
    NotedMembers,
    ReadMarks,
    SurpriseStore,
  ],
  exports: [AttributionMetrics, BotStartStore, Closer, ErasedClickStore, LogClock],
})
export class AttributeModule {}
