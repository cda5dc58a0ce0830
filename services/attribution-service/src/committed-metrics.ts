import { AfterCommit } from '@clickjoin/postgres';
import { Injectable } from '@nestjs/common';
// Nest injects by the classes themselves.
import { DataSource, type EntityManager } from 'typeorm';
import type { DecidedJoin } from './attribute/decide-joins';
import { AttributionMetrics } from './metrics';
import type { SurpriseKind } from './surprises/surprises';

/** What transactions bring about, counted when they have committed: most are tried again at some time or other. */
@Injectable()
export class CommittedMetrics {
  private readonly afterCommit: AfterCommit<() => void>;

  constructor(
    dataSource: DataSource,
    private readonly metrics: AttributionMetrics,
  ) {
    this.afterCommit = new AfterCommit<() => void>(dataSource, (counts) => {
      for (const count of counts) count();
    });
  }

  countDecisions(tx: EntityManager, decided: readonly DecidedJoin[]): void {
    if (decided.length > 0) this.afterCommit.of(tx, () => this.metrics.countDecisions(decided));
  }

  /** @param ofKind how many of each. */
  countSurprises(tx: EntityManager, ofKind: ReadonlyMap<SurpriseKind, number>): void {
    this.afterCommit.of(tx, () => {
      for (const [kind, count] of ofKind) this.metrics.surprises.inc({ kind }, count);
      this.metrics.lateClicks.inc(ofKind.get('late-click') ?? 0);
    });
  }
}
