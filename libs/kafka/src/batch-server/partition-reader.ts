import { Logger } from '@nestjs/common';
import type { TopicDefinition } from '@clickjoin/contracts';
import { errorText } from '../error-text';
import { FatalError } from '../errors';
import type { Consumer, EachBatchPayload, KafkaMessage } from '../kafkajs';
import { pause } from '../pause';
import type { BatchServerMetrics } from './batch-server.metrics';
import { EARLIEST, type Positions } from './positions';
import { readMessage } from './raw-message';
import type { SliceRunner, Turn } from './slice-runner';
import { isProgrammingError } from './transient';

export interface PartitionReaderOptions<Tx> {
  readonly topic: TopicDefinition;
  readonly consumer: Pick<Consumer, 'seek'>;
  readonly positions: Positions;
  readonly metrics: BatchServerMetrics;
  readonly maxSliceSize: number;
  readonly runner: SliceRunner<Tx>;
  readonly isClosing: () => boolean;
}

/** A slow database must not make the group think that we are dead: between tries at most this long. */
const HEARTBEAT_EVERY_MS = 1_000;

/** Takes one fetched batch of a partition to where the database says, slice by slice. */
export class PartitionReader<Tx> {
  private readonly logger = new Logger(PartitionReader.name);

  constructor(private readonly options: PartitionReaderOptions<Tx>) {}

  /** @returns the next offset to process, if the partition moved */
  async read(payload: EachBatchPayload): Promise<bigint | undefined> {
    const { topic, metrics, positions } = this.options;
    const { batch } = payload;
    const turn = this.turnOf(payload);
    let position = await this.readPosition(payload, turn);
    let moved: bigint | undefined;
    let rest = this.trim(batch.messages, position);
    while (rest.length > 0 && turn.goesOn()) {
      if (!this.continues(payload, rest[0], position)) return moved;
      const slice = rest.slice(0, this.options.maxSliceSize).map((record) => readMessage(topic, record));
      const result = await this.options.runner.run(slice, position, turn);
      if (result.kind === 'interrupted') return moved;
      if (result.kind === 'moved') {
        position = moved = result.to;
        positions.moved(topic.name, batch.partition, position);
        payload.resolveOffset(String(position - 1n));
        metrics.position.set({ topic: topic.name, partition: batch.partition }, Number(position));
        metrics.lag.set(
          { topic: topic.name, partition: batch.partition },
          Number(BigInt(batch.highWatermark) - position),
        );
      } else {
        positions.forget(topic.name, batch.partition);
        position = await this.readPosition(payload, turn);
        this.logger.warn(
          { topic: topic.name, partition: batch.partition, position: String(position) },
          'another owner has moved the partition, going on from there',
        );
      }
      rest = this.trim(rest, position);
      await payload.heartbeat();
    }
    if (rest.length === 0 && position !== undefined) this.skipWhatIsDone(payload, position);
    return moved;
  }

  /** The database may be away: the slice waits, heartbeating, like any other. */
  private async readPosition(payload: EachBatchPayload, turn: Turn): Promise<bigint | undefined> {
    const { topic, partition } = { topic: this.options.topic.name, partition: payload.batch.partition };
    for (let backoffMs = 100; ; backoffMs = Math.min(5_000, backoffMs * 2)) {
      try {
        return await this.options.positions.read(topic, partition);
      } catch (error) {
        if (isProgrammingError(error) || error instanceof FatalError || !turn.goesOn()) throw error;
        this.logger.warn(
          { topic, partition, reason: errorText(error), backoffMs },
          'position can not be read, trying again',
        );
        await turn.backOff(backoffMs);
      }
    }
  }

  private trim(messages: readonly KafkaMessage[], position: bigint | undefined): readonly KafkaMessage[] {
    if (position === undefined || messages[0] === undefined) return messages;
    if (BigInt(messages[0].offset) >= position) return messages;
    const first = messages.findIndex(({ offset }) => BigInt(offset) >= position);
    return first < 0 ? [] : messages.slice(first);
  }

  /** False when there may be messages before the first one: they are fetched, once. */
  private continues(
    payload: EachBatchPayload,
    first: KafkaMessage | undefined,
    position: bigint | undefined,
  ): boolean {
    if (first === undefined || BigInt(first.offset) <= (position ?? 0n)) return true;
    const { topic, positions, metrics } = this.options;
    const { partition } = payload.batch;
    const wanted = position ?? EARLIEST;
    if (positions.noteSeek(topic.name, partition, wanted)) {
      this.seek(payload, wanted);
      return false;
    }
    // What was gone before the group began is not lost to it.
    if (position !== undefined && topic.retention.kind !== 'compacted') {
      const missing = BigInt(first.offset) - position;
      metrics.lost.inc({ topic: topic.name }, Number(missing));
      this.logger.error(
        { topic: topic.name, partition, position: String(position), first: first.offset },
        `${missing} offsets are gone from the topic before they were processed`,
      );
    }
    return true;
  }

  /** All of the batch was done before: go to where the work is. */
  private skipWhatIsDone(payload: EachBatchPayload, position: bigint): void {
    const last = payload.batch.messages.at(-1)?.offset;
    if (last === undefined || payload.isStale()) return;
    payload.resolveOffset(last);
    if (position > BigInt(last) + 1n) this.seek(payload, position);
  }

  private seek(payload: EachBatchPayload, offset: bigint): void {
    this.options.consumer.seek({
      topic: payload.batch.topic,
      partition: payload.batch.partition,
      offset: String(offset),
    });
  }

  private turnOf(payload: EachBatchPayload): Turn {
    const goesOn = (): boolean => payload.isRunning() && !payload.isStale() && !this.options.isClosing();
    return {
      goesOn,
      backOff: async (durationMs) => {
        for (let leftMs = durationMs; leftMs > 0 && goesOn(); leftMs -= HEARTBEAT_EVERY_MS) {
          await pause(Math.min(leftMs, HEARTBEAT_EVERY_MS));
          await payload.heartbeat();
        }
        await payload.heartbeat();
      },
    };
  }
}
