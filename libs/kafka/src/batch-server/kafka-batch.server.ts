import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { TopicDefinition } from '@clickjoin/contracts';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { errorText } from '../error-text';
import { FatalError } from '../errors';
import type { Consumer, EachBatchPayload, TopicPartitionOffset } from '../kafkajs';
import { pause, waitAtMost } from '../pause';
import type { Assignment, KafkaBatchServerOptions } from './batch-server-options';
import { BatchServerMetrics } from './batch-server.metrics';
import { Breaker } from './breaker';
import { bucketAssigner } from './bucket-assigner';
import { CatchUpOrder } from './catch-up-order';
import { fatalCauseOf } from './crash';
import { PartitionReader } from './partition-reader';
import { ERRORS_ARRIVE } from './on-topic.decorator';
import { EARLIEST, Positions } from './positions';
import type { Outcome, SliceHandler } from './slice';
import { SliceRunner, type SliceRunnerOptions } from './slice-runner';
import { isProgrammingError, isTransient } from './transient';

const MAX_RESTART_PAUSE_MS = 5_000;
const MAX_SEEK_PAUSE_MS = 2_000;
/** A batch that waits for the seek must not make the group think that we are dead. */
const HEARTBEAT_EVERY_MS = 1_000;
const SLICE_SIZE = 500;
/** A slice of full-grown events; more would lie decoded in memory while the others' slices are worked on. */
const FETCHED_BYTES = { ofPartition: 512 * 1_024, together: 3 * 1_048_576 } as const;

/**
 * Brings topics to Nest handlers, batch by batch. The database's offsets are the truth: each slice runs in the
 * transaction that moves its partition's offset, so an effect happens once, whatever crashes when. Handlers are
 * marked with `@OnTopic`; design.md §5 and §8 say what rests on this.
 */
export class KafkaBatchServer<Tx> extends Server implements CustomTransportStrategy {
  private readonly metrics: BatchServerMetrics;
  private readonly breaker: Breaker;
  private readonly runnerOptions: SliceRunnerOptions<Tx>;
  private readonly topicsByName: ReadonlyMap<string, TopicDefinition>;
  private readonly assignedListeners: ((assignment: Assignment) => void)[] = [];
  private consumer: Consumer | undefined;
  private positions: Positions;
  private assigned: Assignment = new Map();
  private order: CatchUpOrder | undefined;
  /** Until the assignment's partitions stand where the database says. */
  private seeking: Promise<void> | undefined;
  private joined = false;
  private failure: Error | undefined;
  private closing = false;
  private crash: { readonly reason: unknown } | undefined;
  private restarting: Promise<void> | undefined;
  private hints = new Map<string, { topic: string; partition: number; offset: string }>();
  private hintTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: KafkaBatchServerOptions<Tx>) {
    super();
    this.metrics = options.metrics ?? new BatchServerMetrics(new MetricsRegistry());
    this.breaker = new Breaker(options.breaker);
    this.topicsByName = new Map(options.topics.map((topic) => [options.client.nameOf(topic.name), topic]));
    this.positions = new Positions(options.transactions, options.groupId);
    this.runnerOptions = {
      transactions: options.transactions,
      publisher: options.publisher,
      clock: options.clock,
      isTransient: (error) => isTransient(error) || (options.transactions.isTransient?.(error) ?? false),
      metrics: this.metrics,
      poisonTries: options.poisonTries ?? 3,
      maxBackoffMs: options.maxBackoffMs ?? 5_000,
    };
  }

  /** Joined the group, and not given up. */
  isReady(): boolean {
    return this.joined && this.failure === undefined && !this.closing;
  }

  /** Why it stopped for good, if it did. */
  fatalError(): Error | undefined {
    return this.failure;
  }

  /** The partitions that this instance has now; empty between rebalances. */
  assignment(): Assignment {
    return this.assigned;
  }

  /** Called after each rebalance, and at once if there is an assignment. */
  onAssigned(listener: (assignment: Assignment) => void): void {
    this.assignedListeners.push(listener);
    if (this.joined) listener(this.assigned);
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Finishes the slices in hand, leaves the group. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    clearTimeout(this.hintTimer);
    await this.commitHints();
    await this.restarting;
    this.order?.dispose();
    await this.consumer?.disconnect();
    this.consumer = undefined;
    this.joined = false;
  }

  override on(): never {
    throw new Error('use onAssigned, onFatal and isReady');
  }

  override unwrap(): never {
    throw new Error('the consumer is not for use from outside');
  }

  private async start(): Promise<void> {
    for (const { name } of this.options.topics) this.handlerOf(name);
    await this.options.provisioner?.ensure(this.options.topics, { alsoDeadLettersFor: this.options.groupId });
    await this.options.client.waitForBroker();
    try {
      await this.startConsumer();
    } catch (error) {
      const fatal = fatalCauseOf(error);
      if (fatal !== undefined) throw fatal;
      this.restart(error);
    }
  }

  private async startConsumer(): Promise<void> {
    const sessionTimeout = this.options.sessionTimeoutMs ?? 6_000;
    const consumer = this.options.client.consumer({
      groupId: this.options.groupId,
      partitionAssigners: [bucketAssigner],
      sessionTimeout,
      heartbeatInterval: Math.floor(sessionTimeout / 4),
      maxWaitTimeInMs: this.options.maxWaitMs ?? 500,
      maxBytesPerPartition: FETCHED_BYTES.ofPartition,
      maxBytes: FETCHED_BYTES.together,
    });
    this.consumer = consumer;
    const order = this.options.catchesUpInOrder
      ? new CatchUpOrder([...this.topicsByName.keys()], this.options.maxSliceSize ?? SLICE_SIZE, consumer)
      : undefined;
    this.order?.dispose();
    this.order = order;
    // Before the crash is told, kafkajs takes its time to disconnect.
    consumer.on(consumer.events.STOP, () => order?.dispose());
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
      this.onJoined(consumer, payload.memberAssignment),
    );
    consumer.on(consumer.events.REBALANCING, () => this.onLeft());
    consumer.on(consumer.events.CRASH, ({ payload }) => this.onCrash(consumer, payload.error));
    try {
      await consumer.connect();
      // `fromBeginning` is also the answer to an offset that retention has deleted: never skip to the end.
      await consumer.subscribe({ topics: [...this.topicsByName.keys()], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: this.options.partitionsConcurrently ?? 3,
        eachBatch: (payload) => this.onBatch(consumer, order, payload),
      });
    } catch (error) {
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private onJoined(consumer: Consumer, memberAssignment: Record<string, number[]>): void {
    this.positions = new Positions(this.options.transactions, this.options.groupId);
    this.order?.clear();
    this.hints.clear();
    this.assigned = new Map(
      Object.entries(memberAssignment).flatMap(([name, partitions]) => {
        const topic = this.topicsByName.get(name);
        return topic === undefined ? [] : [[topic.name, partitions] as const];
      }),
    );
    const seeking = this.seekToPositions(consumer, this.assigned, this.positions).finally(() => {
      if (this.seeking === seeking) this.seeking = undefined;
    });
    this.seeking = seeking;
    this.joined = true;
    this.logger.log(
      { group: this.options.groupId, assignment: Object.fromEntries(this.assigned) },
      'partitions assigned',
    );
    for (const listener of this.assignedListeners) listener(this.assigned);
  }

  /**
   * Kafka's committed offset may be ahead of the database (restored, or emptied for a replay), and then no batch
   * would ever tell: hence again and again, for as long as the assignment lasts.
   */
  private async seekToPositions(
    consumer: Consumer,
    assigned: Assignment,
    positions: Positions,
  ): Promise<void> {
    const isOver = (): boolean => this.assigned !== assigned || this.closing || this.failure !== undefined;
    for (let backoffMs = 100; !isOver(); backoffMs = Math.min(MAX_SEEK_PAUSE_MS, backoffMs * 2)) {
      try {
        const places = await this.placesOf(assigned, positions);
        if (isOver()) return;
        for (const place of places) consumer.seek(place);
        return;
      } catch (error) {
        if (isOver()) return;
        if (error instanceof FatalError) this.fail(error);
        else if (isProgrammingError(error)) {
          this.fail(new FatalError(`the positions can't be read: ${errorText(error)}`, { cause: error }));
        } else {
          this.logger.warn(
            { reason: errorText(error), backoffMs },
            'positions can not be read, trying again',
          );
          await pause(backoffMs);
        }
      }
    }
  }

  /** Where each partition must be read from. @throws FatalError when that is behind its end */
  private async placesOf(assigned: Assignment, positions: Positions): Promise<TopicPartitionOffset[]> {
    const places: TopicPartitionOffset[] = [];
    for (const [topic, partitions] of assigned) {
      const found = await Promise.all(partitions.map((partition) => positions.read(topic, partition)));
      // After the positions: the other way round, a topic that is being written would seem to end too early.
      const ends = await this.options.client.endOffsets(topic);
      for (const [index, partition] of partitions.entries()) {
        const position = found[index];
        this.checkEnd(topic, partition, position, ends.get(partition));
        places.push({
          topic: this.options.client.nameOf(topic),
          partition,
          offset: String(position ?? EARLIEST),
        });
      }
    }
    return places;
  }

  /** A topic that ends before the position would be read from its start, trimmed and sought again, for ever. */
  private checkEnd(
    topic: string,
    partition: number,
    position: bigint | undefined,
    end: bigint | undefined,
  ): void {
    if (position === undefined || end === undefined || position <= end) return;
    throw new FatalError(
      `the database says that ${this.options.groupId} has processed ${this.options.client.nameOf(topic)}/${partition} up to offset ${position}, but the topic ends at ${end}: it was recreated, or the database belongs to another Kafka`,
    );
  }

  private onLeft(): void {
    this.joined = false;
    this.assigned = new Map();
  }

  private async onBatch(
    consumer: Consumer,
    order: CatchUpOrder | undefined,
    payload: EachBatchPayload,
  ): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    const topic = this.topicsByName.get(payload.batch.topic);
    if (topic === undefined) return;
    await this.untilSought(payload);
    try {
      const position = await this.readerOf(topic, consumer, payload.batch.partition).read(payload);
      if (position === undefined) return;
      const lag = BigInt(payload.batch.highWatermark) - position;
      order?.note(payload.batch.topic, payload.batch.partition, Number(lag));
      const hint = {
        topic: payload.batch.topic,
        partition: payload.batch.partition,
        offset: String(position),
      };
      if (this.closing || !payload.isRunning()) await this.commitHint(payload, hint);
      else this.keepHint(hint);
    } catch (error) {
      // kafkajs would replace it by its cause.
      if (error instanceof FatalError) this.fail(error);
      throw error;
    }
  }

  /** A batch that was fetched before the seek, at Kafka's offset, is stale after it: then nothing is done with it. */
  private async untilSought(payload: EachBatchPayload): Promise<void> {
    while (this.seeking !== undefined && payload.isRunning() && !this.closing) {
      await waitAtMost(HEARTBEAT_EVERY_MS, this.seeking);
      await payload.heartbeat();
    }
    if (this.failure !== undefined) throw this.failure;
  }

  private readerOf(topic: TopicDefinition, consumer: Consumer, partition: number): PartitionReader<Tx> {
    const origin = { group: this.options.groupId, topic: topic.name, partition };
    return new PartitionReader({
      topic,
      consumer,
      positions: this.positions,
      metrics: this.metrics,
      maxSliceSize: this.options.maxSliceSize ?? SLICE_SIZE,
      runner: new SliceRunner(this.runnerOptions, this.handlerOf(topic.name), this.breaker, origin),
      isClosing: () => this.closing || this.failure !== undefined,
    });
  }

  private handlerOf(topic: string): SliceHandler<object, Tx> {
    const handler = this.getHandlerByPattern(topic);
    if (handler === null) throw new FatalError(`no handler for ${topic}: mark one with @OnTopic`);
    if (handler.next !== undefined)
      throw new FatalError(`two handlers for ${topic}: their outcomes could differ`);
    if (handler.extras?.[ERRORS_ARRIVE] !== true) {
      throw new FatalError(
        `mark the handler of ${topic} with @OnTopic instead of @EventPattern: Nest would hide what it throws, and a Retriable would count as poison`,
      );
    }
    return async (slice, context) => {
      const answer: unknown = await handler(slice, context);
      // Behind an interceptor it is an observable.
      const outcomes: unknown = isObservable(answer) ? await lastValueFrom(answer) : answer;
      return outcomes as readonly Outcome[];
    };
  }

  /** Only for those who look at the group from outside, so now and then is enough. */
  private keepHint(hint: { topic: string; partition: number; offset: string }): void {
    this.hints.set(`${hint.topic}/${hint.partition}`, hint);
    this.hintTimer ??= setTimeout(() => void this.commitHints(), 5_000).unref();
  }

  private async commitHints(): Promise<void> {
    this.hintTimer = undefined;
    const hints = [...this.hints.values()];
    this.hints.clear();
    if (hints.length === 0 || !this.joined) return;
    try {
      await waitAtMost(1_000, this.consumer?.commitOffsets(hints));
    } catch (error) {
      this.logger.debug?.({ reason: errorText(error) }, 'offset hints not committed');
    }
  }

  private async commitHint(
    payload: EachBatchPayload,
    { topic, partition, offset }: { topic: string; partition: number; offset: string },
  ): Promise<void> {
    try {
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    } catch (error) {
      this.logger.debug?.({ reason: errorText(error) }, 'offset hint not committed');
    }
  }

  private onCrash(consumer: Consumer, error: Error): void {
    if (consumer !== this.consumer || this.closing) return;
    this.order?.dispose();
    this.onLeft();
    const fatal = this.failure ?? fatalCauseOf(error);
    if (fatal === undefined) this.restart(error);
    else this.fail(fatal);
  }

  /**
   * With a new consumer: what a crashed one of kafkajs still has in its fields is anybody's guess. A consumer can
   * crash while it is being started, and then says so twice or only by its event: hence the field.
   */
  private restart(reason: unknown): void {
    this.crash = { reason };
    this.restarting ??= this.keepStarting().finally(() => {
      this.restarting = undefined;
    });
  }

  private async keepStarting(): Promise<void> {
    for (let pauseMs = 250; this.crash !== undefined; pauseMs = Math.min(MAX_RESTART_PAUSE_MS, pauseMs * 2)) {
      const { reason } = this.crash;
      this.crash = undefined;
      this.metrics.restarts.inc();
      this.logger.warn({ reason: errorText(reason), pauseMs }, 'consumer stopped, starting a new one');
      await pause(pauseMs);
      if (this.isClosing()) return;
      try {
        await this.startConsumer();
      } catch (error) {
        const fatal = fatalCauseOf(error);
        if (fatal === undefined) this.crash = { reason: error };
        else this.fail(fatal);
      }
    }
  }

  private isClosing(): boolean {
    return this.closing;
  }

  private fail(error: Error): void {
    if (this.failure !== undefined && this.failure !== error) return;
    const first = this.failure === undefined;
    this.failure = error;
    this.joined = false;
    if (!first) return;
    this.logger.error(error);
    this.options.onFatal(error);
  }
}
