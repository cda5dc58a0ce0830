import { topics, type Clock, type TopicDefinition } from '@clickjoin/contracts';
import { KafkaClient } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { SERVICE } from '../service-name';

/** How far a service is behind the topics it reads. */
export interface GroupLag {
  readonly service: string;
  /** Messages at most: services tell Kafka their positions every few seconds. */
  readonly behind: number;
  /** Instances that read at the moment. */
  readonly members: number;
  /** For how long it is behind without having moved, as far as anybody looked. */
  readonly standsStillMs: number;
}

/** What each service reads by its group, as far as it concerns what people see. */
const READS: Readonly<Record<string, readonly TopicDefinition[]>> = {
  'attribution-service': [topics.clickCaptured, topics.joinReceived, topics.botStarted],
  'tiktok-dispatcher': [topics.conversionAttributed],
  [SERVICE]: [
    topics.clickCaptured,
    topics.joinReceived,
    topics.conversionAttributed,
    topics.joinOrganic,
    topics.deliveryUpdated,
  ],
};

/** Many screens ask; Kafka is asked this often at most. */
const ANSWER_KEEPS_MS = 5_000;

/**
 * Asked of Kafka when somebody looks: the end of the topics, and the positions that groups commit there. These are
 * hints (the truth is in each service's database), written every five seconds, so the lag is never shown too small;
 * this service's own comes from its database. The cheapest way that is honest: no service has to answer, and one that
 * is dead shows as one without members.
 */
@Injectable()
export class GroupLags {
  private readonly logger = new Logger(GroupLags.name);
  private latest:
    { readonly at: number; readonly lags: Promise<readonly GroupLag[] | undefined> } | undefined;
  /** Where each service stood when it was first seen there. */
  private readonly places = new Map<string, { readonly place: string; readonly since: number }>();

  constructor(
    private readonly kafka: KafkaClient,
    private readonly transactions: FencedTransactions,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Undefined while Kafka does not answer. */
  all(): Promise<readonly GroupLag[] | undefined> {
    const now = this.clock.now();
    if (this.latest === undefined || now - this.latest.at >= ANSWER_KEEPS_MS) {
      const lags = this.measure(now).catch((error: unknown) => {
        this.logger.warn({ err: error }, 'the lag could not be asked of Kafka');
        return undefined;
      });
      this.latest = { at: now, lags };
    }
    return this.latest.lags;
  }

  private async measure(now: number): Promise<readonly GroupLag[]> {
    const services = Object.entries(READS);
    const admin = await this.kafka.admin();
    const { groups } = await admin.describeGroups(services.map(([service]) => this.kafka.nameOf(service)));
    // A topic of a service that never ran is not there, and asking for its offsets would wait for it.
    const existing = new Set(await admin.listTopics());
    const members = new Map(groups.map((group) => [group.groupId, group.members.length]));
    const lags: GroupLag[] = [];
    for (const [service, read] of services) {
      let behind = 0n;
      const place: string[] = [];
      for (const { name } of read.filter(({ name: topic }) => existing.has(this.kafka.nameOf(topic)))) {
        const ranges = await this.kafka.offsetRanges(name);
        const positions = await this.positionsOf(service, name);
        for (const [partition, { start, end }] of ranges) {
          const position = positions.get(partition) ?? start;
          place.push(String(position));
          // Retention may have taken what was not read yet.
          const from = position < start ? start : position;
          if (end > from) behind += end - from;
        }
      }
      lags.push({
        service,
        behind: Number(behind),
        members: members.get(this.kafka.nameOf(service)) ?? 0,
        standsStillMs: behind === 0n ? 0 : now - this.since(service, place.join(), now),
      });
    }
    return lags;
  }

  private async positionsOf(service: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    if (service === SERVICE) return this.transactions.positions(service, topic);
    const admin = await this.kafka.admin();
    const [found] = await admin.fetchOffsets({
      groupId: this.kafka.nameOf(service),
      topics: [this.kafka.nameOf(topic)],
    });
    return new Map(
      (found?.partitions ?? [])
        // -1: never said.
        .filter(({ offset }) => !offset.startsWith('-'))
        .map(({ partition, offset }) => [partition, BigInt(offset)]),
    );
  }

  private since(service: string, place: string, now: number): number {
    const known = this.places.get(service);
    if (known?.place === place) return known.since;
    this.places.set(service, { place, since: now });
    return now;
  }
}
