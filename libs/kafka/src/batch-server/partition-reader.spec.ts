import { encode, topics } from '@clickjoin/contracts';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { Logger } from '@nestjs/common';
import type { EachBatchPayload, KafkaMessage } from '../kafkajs';
import type { Publisher } from '../publisher/publisher';
import { BatchServerMetrics } from './batch-server.metrics';
import { Breaker } from './breaker';
import { PartitionReader } from './partition-reader';
import { Positions } from './positions';
import { SliceRunner } from './slice-runner';
import { type BatchTransactions, done, type OffsetMove } from './slice';

const topic = topics.updateRejected;

const fetched = (offset: number): KafkaMessage => {
  const record = encode(
    topic,
    { botId: '1', receivedAt: '2026-01-01T00:00:00.000Z', reason: 'test', body: String(offset) },
    { source: 'spec' },
  );
  return {
    key: Buffer.from(record.key),
    value: record.value,
    timestamp: '0',
    attributes: 0,
    offset: String(offset),
    headers: {},
  };
};

/** A reader of one partition whose database stands at `position`, and what it did. */
function newReader(position: bigint | undefined) {
  const seeks: string[] = [];
  const moves: Pick<OffsetMove, 'from' | 'to'>[] = [];
  const transactions: BatchTransactions<undefined> = {
    position: () => Promise.resolve(position),
    run: async ({ from, to }, work) => {
      const value = await work(undefined);
      moves.push({ from, to });
      return { kind: 'committed', value };
    },
  };
  const metrics = new BatchServerMetrics(new MetricsRegistry());
  const runner = new SliceRunner<undefined>(
    {
      transactions,
      publisher: {} as Publisher,
      clock: { now: () => 0 },
      isTransient: () => false,
      metrics,
      poisonTries: 1,
      maxBackoffMs: 1,
    },
    (slice) => Promise.resolve(slice.messages.map(() => done)),
    new Breaker(),
    { group: 'group', topic: topic.name, partition: 0 },
  );
  const reader = new PartitionReader({
    topic,
    consumer: { seek: ({ offset }) => seeks.push(offset) },
    positions: new Positions(transactions, 'group'),
    metrics,
    maxSliceSize: 100,
    runner,
    isClosing: () => false,
  });
  const read = (...offsets: number[]): Promise<bigint | undefined> =>
    reader.read({
      batch: { topic: topic.name, partition: 0, highWatermark: '100', messages: offsets.map(fetched) },
      resolveOffset: () => undefined,
      heartbeat: () => Promise.resolve(),
      isRunning: () => true,
      isStale: () => false,
    } as unknown as EachBatchPayload);
  return { read, seeks, moves };
}

describe('PartitionReader', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it.each([
    { name: 'nothing, so it wants the first record', position: undefined, seek: '-2' },
    { name: 'an offset before the batch', position: 3n, seek: '3' },
  ])('does not believe the offset of Kafka: the database knows $name', async ({ position, seek }) => {
    const { read, seeks, moves } = newReader(position);
    expect(await read(5, 6)).toBeUndefined();
    expect({ seeks, moves }).toEqual({ seeks: [seek], moves: [] });
    // The fetch from there brings the same: retention has deleted what was before.
    expect(await read(5, 6)).toBe(7n);
    expect({ seeks, moves }).toEqual({ seeks: [seek], moves: [{ from: position, to: 7n }] });
  });

  it('begins with a partition that is new to it', async () => {
    const { read, seeks, moves } = newReader(undefined);
    expect(await read(0, 1)).toBe(2n);
    expect({ seeks, moves }).toEqual({ seeks: [], moves: [{ from: undefined, to: 2n }] });
  });
});
