import { inOneGo, Outbox } from '@clickjoin/postgres';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { CommittedMetrics } from '../committed-metrics';
import { FunnelStore } from '../funnel/funnel.store';
import { SurpriseStore } from '../surprises/surprise.store';
import { surprisingDecisions } from '../surprises/surprises';
import { ClickStore } from './click.store';
import type { DecidedJoin } from './decide-joins';
import { decisionRecords } from './decision-events';
import { JoinStore, type DecidedBy } from './join.store';

export interface Decided {
  /** Joins that were not known. */
  readonly fresh?: readonly DecidedJoin[];
  /** Reports that take the place of a waiting one. */
  readonly upgrades?: readonly DecidedJoin[];
  /** Joins that were waiting; those that still do are left alone. */
  readonly waiting?: readonly DecidedJoin[];
}

/** Writes decisions with all that follows from them: credit, event, funnel. One transaction, so they never disagree. */
@Injectable()
export class DecisionWriter {
  constructor(
    private readonly joins: JoinStore,
    private readonly clicks: ClickStore,
    private readonly outbox: Outbox,
    private readonly funnel: FunnelStore,
    private readonly surprises: SurpriseStore,
    private readonly metrics: CommittedMetrics,
  ) {}

  async write(
    tx: EntityManager,
    bucket: number,
    { fresh = [], upgrades = [], waiting = [] }: Decided,
    by: DecidedBy,
  ): Promise<void> {
    const ended = waiting.filter(({ decision }) => decision.kind !== 'waiting');
    const decided = [...ended, ...upgrades, ...fresh];
    const records = decisionRecords(decided);
    await inOneGo(
      this.joins.insertJoins(tx, bucket, fresh),
      this.joins.replaceReports(tx, bucket, upgrades),
      this.joins.decideWaiting(tx, bucket, ended, by),
      this.clicks.creditClicks(tx, decided),
      this.outbox.add(tx, records),
      this.funnel.count(tx, bucket, {
        joins: fresh.map(({ join }) => join.event),
        attributed: decided.flatMap(({ join, decision }) =>
          decision.kind === 'attributed' ? [join.event] : [],
        ),
      }),
      this.surprises.add(tx, surprisingDecisions(decided)),
    );
    this.metrics.countDecisions(tx, decided);
  }
}
