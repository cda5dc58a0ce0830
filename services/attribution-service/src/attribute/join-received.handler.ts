import { topics, type JoinReceived } from '@clickjoin/contracts';
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
import { AttributionStore, type KnownJoin } from './attribution.store';
import { decideJoins, type Join } from './decide-joins';
import { decisionRecords } from './decision-events';

@Controller()
export class JoinReceivedHandler {
  constructor(
    private readonly store: AttributionStore,
    private readonly outbox: Outbox,
    private readonly config: AttributionConfig,
    private readonly metrics: AttributionMetrics,
  ) {}

  /** Decides the joins whose click is known; the others wait for it. */
  @OnTopic(topics.joinReceived)
  async onJoinReceived(
    @Payload() slice: Slice<JoinReceived>,
    @Ctx() { tx }: SliceContext<EntityManager>,
  ): Promise<Outcome[]> {
    await lockBucket(tx, slice.partition, SERVICE);
    const known = await this.store.knownJoins(tx, [
      ...new Set(slice.messages.map(({ event }) => event.joinId)),
    ]);
    const fresh = firstReports(slice.messages, known);

    const linkKeys = new Set([...fresh.values()].flatMap(({ event }) => event.link?.key ?? []));
    const clicks = await this.store.clicksByLinkKey(tx, [...linkKeys]);
    const decided = decideJoins([...fresh.values()], (key) => clicks.get(key), this.config);
    const isKnown = ({ join }: { join: Join }): boolean => known.has(join.event.joinId);
    const { graceMs } = this.config;
    await this.store.insertJoins(
      tx,
      slice.partition,
      decided.filter((join) => !isKnown(join)),
      graceMs,
    );
    await this.store.replaceReports(tx, slice.partition, decided.filter(isKnown), graceMs);
    await this.store.creditClicks(tx, decided);
    await this.outbox.add(tx, decisionRecords(decided));

    this.metrics.countDecisions(decided);
    return slice.messages.map(({ event, offset }): Outcome =>
      fresh.get(event.joinId)?.offset === offset ? done : skipped('join-known'),
    );
  }
}

/**
 * The reports that say something new, in the order of the log: of joins never seen, and those with a matchable
 * link of joins that wait without one.
 */
function firstReports(
  messages: readonly Message<JoinReceived>[],
  known: ReadonlyMap<string, KnownJoin>,
): Map<string, Join> {
  const fresh = new Map<string, Join>();
  for (const { event, offset, timestamp, headers } of messages) {
    const before = known.get(event.joinId);
    const isUpgrade = before?.state === 'waiting' && !before.hasLinkKey && event.link?.key !== undefined;
    if (fresh.has(event.joinId) || (before !== undefined && !isUpgrade)) continue;
    fresh.set(event.joinId, { event, offset, loggedAtMs: timestamp, traceparent: headers['traceparent'] });
  }
  return fresh;
}
