import { topics } from '@clickjoin/contracts';
import { KafkaClient } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { WaitsFor } from '../attribute/decide-joins';
import { SERVICE } from '../service-name';

export type OffsetRanges = Pick<KafkaClient, 'offsetRanges'>;
type Ranges = Awaited<ReturnType<OffsetRanges['offsetRanges']>>;
type Place = { readonly bucket: number; readonly waitsFor: WaitsFor };

/** What topics held at a moment: joins that were due then may be closed once this much of them has been read. */
export interface ReadMark {
  /** Joins with a deadline up to this had all that counts for them in the log when Kafka was asked. Unix ms. */
  readonly settledMs: number;
  readonly ranges: ReadonlyMap<string, Ranges>;
}

/** Of each topic: all partitions, or the one of the join's own bucket. */
interface MustBeRead {
  readonly topic: string;
  readonly partitions: 'all' | 'bucket';
}

const { clickCaptured, joinReceived, botStarted } = topics;
const BOT_START: readonly MustBeRead[] = [
  // The member's starts have the member's key, as the join has.
  { topic: botStarted.name, partitions: 'bucket' },
  // Their clicks are keyed by click id: in any partition. Asking all of them needs no trust in anyone's partitioner.
  { topic: clickCaptured.name, partitions: 'all' },
];
/** The report of the bot that made the link is keyed by the link: in any partition. */
const REPORT: MustBeRead = { topic: joinReceived.name, partitions: 'all' };

/** What could still decide a join, and so must have been read before it may be closed without. */
const MUST_BE_READ: Record<WaitsFor, readonly MustBeRead[]> = {
  // Keyed by the link, as the join is.
  click: [{ topic: clickCaptured.name, partitions: 'bucket' }],
  report: [REPORT],
  'bot-start': BOT_START,
  'report-or-bot-start': [REPORT, ...BOT_START],
};

/**
 * Marks in the topics, so that lag never turns a paid join organic. A mark is kept until it has been reached: asking
 * anew at each look would chase the end of a topic that is being written, and under load never reach it.
 */
@Injectable()
export class ReadMarks {
  private readonly marks = new Map<string, ReadMark>();

  constructor(
    @Inject(KafkaClient) private readonly kafka: OffsetRanges,
    private readonly offsets: FencedTransactions,
  ) {}

  /** One look: Kafka is asked once a topic, and only when somebody needs it. */
  look(settledMs: number): (place: Place, dueAtMs: number) => Promise<ReadMark> {
    const asked = new Map<string, Promise<Ranges>>();
    const ask = (topic: string): Promise<Ranges> => {
      const ranges = asked.get(topic) ?? this.kafka.offsetRanges(topic);
      asked.set(topic, ranges);
      return ranges;
    };
    return async (place, dueAtMs) => {
      const known = this.marks.get(idOf(place));
      // An earlier look's mark serves as long as it was taken when these joins were due.
      if (known !== undefined && known.settledMs >= dueAtMs) return known;
      const ranges = await Promise.all(
        MUST_BE_READ[place.waitsFor].map(async ({ topic }) => [topic, await ask(topic)] as const),
      );
      const mark = { settledMs, ranges: new Map(ranges) };
      this.marks.set(idOf(place), mark);
      return mark;
    };
  }

  /** @param tx that holds the bucket: what it sees of the offsets is what it sees of their effects. */
  async isReached(tx: EntityManager, place: Place, { ranges }: ReadMark): Promise<boolean> {
    for (const { topic, partitions } of MUST_BE_READ[place.waitsFor]) {
      const ofTopic = ranges.get(topic) ?? new Map<number, never>();
      const positions = await this.offsets.positions(SERVICE, topic, tx);
      const needed = partitions === 'all' ? [...ofTopic.keys()] : [place.bucket];
      const isRead = needed.every((partition) => {
        const { start, end } = ofTopic.get(partition) ?? { start: 0n, end: 0n };
        // Where retention has deleted everything there is nothing to read, and so no position.
        const position = positions.get(partition) ?? 0n;
        return (position > start ? position : start) >= end;
      });
      if (!isRead) return false;
    }
    return true;
  }

  forget(place: Place): void {
    this.marks.delete(idOf(place));
  }
}

const idOf = ({ bucket, waitsFor }: Place): string => `${bucket}/${waitsFor}`;
