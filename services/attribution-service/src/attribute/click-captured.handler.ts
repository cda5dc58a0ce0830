import { topics, type ClickCaptured } from '@clickjoin/contracts';
import {
  done,
  OnTopic,
  skipped,
  type Message,
  type Outcome,
  type Slice,
  type SliceContext,
} from '@clickjoin/kafka';
import { lockBucket, Outbox } from '@clickjoin/postgres';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { EntityManager } from 'typeorm';
import { AttributionConfig } from '../config';
import { SERVICE } from '../service-name';
import { AttributionMetrics } from '../metrics';
import { AttributionStore, type NewClick } from './attribution.store';
import { decideJoins } from './decide-joins';
import { decisionRecords } from './decision-events';

@Controller()
export class ClickCapturedHandler {
  constructor(
    private readonly store: AttributionStore,
    private readonly outbox: Outbox,
    private readonly config: AttributionConfig,
    private readonly metrics: AttributionMetrics,
  ) {}

  /** Keeps the clicks, and decides the joins that were waiting for them. */
  @OnTopic(topics.clickCaptured)
  async onClickCaptured(
    @Payload() slice: Slice<ClickCaptured>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await lockBucket(tx, slice.partition, SERVICE);
    const firstByLink = firstClicks(slice.messages);
    const inserted = await this.store.insertClicks(tx, slice.partition, [...firstByLink.values()]);

    const { waiting, closed } = await this.store.joinsWithoutClick(tx, [...inserted]);
    const decided = decideJoins(waiting, (key) => firstByLink.get(key), this.config);
    await this.store.decideWaiting(tx, decided);
    await this.store.creditClicks(tx, decided);
    await this.outbox.add(tx, decisionRecords(decided));

    this.metrics.countDecisions(decided);
    this.metrics.lateClicks.inc(closed);
    return slice.messages.map(({ event, offset }): Outcome => {
      if (event.linkKey === undefined) return skipped('no-link');
      const first = firstByLink.get(event.linkKey);
      const kept = first?.offset === offset && inserted.has(event.linkKey);
      return kept ? done : skipped('link-known');
    });
  }
}

/** Of several clicks by one link in a batch the first counts: "cannot affect row a second time" otherwise. */
function firstClicks(messages: readonly Message<ClickCaptured>[]): Map<string, NewClick> {
  const first = new Map<string, NewClick>();
  for (const { event, offset } of messages) {
    if (event.linkKey === undefined || first.has(event.linkKey)) continue;
    first.set(event.linkKey, {
      linkKey: event.linkKey,
      clickId: event.clickId,
      siteId: event.siteId,
      linkKind: event.linkKind,
      capturedAt: event.capturedAt,
      facts: { ad: event.ad, page: event.page, visitor: event.visitor },
      offset,
    });
  }
  return first;
}
