import { Logger } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { errorText } from '../error-text';
import { FatalError, Retriable } from '../errors';
import type { Publisher } from '../publisher/publisher';
import { RecordRejected } from '../publisher/publish-errors';
import { DEAD_LETTER_MAX_BYTES } from '../topics/topic-provisioner';
import type { BatchServerMetrics } from './batch-server.metrics';
import type { Breaker } from './breaker';
import { deadLetterRecord, type Origin } from './dead-letter';
import type { RawMessage } from './raw-message';
import type { BatchTransactions, Message, Outcome, SliceHandler } from './slice';
import { isProgrammingError } from './transient';

/** What the runner is told by the consumer, between tries. */
export interface Turn {
  /** False when the service stops or the partition has gone: leave the rest undone. */
  goesOn(): boolean;
  /** Waits, heartbeating. Throws when the group rebalances. */
  backOff(durationMs: number): Promise<void>;
}

export type SliceResult =
  | { readonly kind: 'moved'; readonly to: bigint }
  /** The partition does not stand where we thought. */
  | { readonly kind: 'fenced' }
  /** Stopped in between; what was moved is in the database. */
  | { readonly kind: 'interrupted' };

export interface SliceRunnerOptions<Tx> {
  readonly transactions: BatchTransactions<Tx>;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly isTransient: (error: unknown) => boolean;
  readonly metrics: BatchServerMetrics;
  /** How often a message that stands alone must make the handler throw before it counts as poison. */
  readonly poisonTries: number;
  readonly maxBackoffMs: number;
}

/** The outcome of a try that failed: by whose fault. */
type Failure = { readonly by: 'surroundings' | 'handler'; readonly error: unknown };

/** Thrown inside a trial transaction, so that it is rolled back. */
class TrialOver extends Error {}

const INITIAL_BACKOFF_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * Brings the messages of one partition through the handler, slice by slice, each in the transaction that also
 * moves the offset. Retries what may go well, splits what throws until the poison stands alone.
 */
export class SliceRunner<Tx> {
  private readonly logger = new Logger(SliceRunner.name);

  constructor(
    private readonly options: SliceRunnerOptions<Tx>,
    private readonly handler: SliceHandler<object, Tx>,
    private readonly breaker: Breaker,
    private readonly origin: Origin,
  ) {}

  async run(messages: readonly RawMessage[], from: bigint | undefined, turn: Turn): Promise<SliceResult> {
    const tried = await this.tryUntilSettled(messages, from, turn);
    if (!('by' in tried)) return tried;
    if (messages.length === 1) return this.handlePoison(messages, from, turn, tried.error);
    this.count('split');
    this.logger.warn(
      { ...this.place(messages), reason: errorText(tried.error) },
      'handler threw, splitting the slice',
    );
    await this.breakIfMostThrow(messages, from, turn, tried.error);
    return this.runHalves(messages, from, turn);
  }

  private async runHalves(
    messages: readonly RawMessage[],
    from: bigint | undefined,
    turn: Turn,
  ): Promise<SliceResult> {
    const middle = messages.length >> 1;
    const first = await this.runPart(messages.slice(0, middle), from, turn);
    return first.kind === 'moved' ? this.runPart(messages.slice(middle), first.to, turn) : first;
  }

  private async runPart(
    messages: readonly RawMessage[],
    from: bigint | undefined,
    turn: Turn,
  ): Promise<SliceResult> {
    if (!turn.goesOn()) return { kind: 'interrupted' };
    await turn.backOff(0);
    const tried = await this.tryUntilSettled(messages, from, turn);
    if (!('by' in tried)) return tried;
    return messages.length === 1
      ? this.handlePoison(messages, from, turn, tried.error)
      : this.runHalves(messages, from, turn);
  }

  /** Moves, or says that the handler is at fault; waits out everything else. */
  private async tryUntilSettled(
    messages: readonly RawMessage[],
    from: bigint | undefined,
    turn: Turn,
  ): Promise<SliceResult | Failure> {
    for (let tries = 0; ; tries += 1) {
      const result = await this.tryOnce(messages, from);
      if (!('by' in result)) return result;
      const { by, error } = result;
      if (error instanceof FatalError) throw error;
      if (by === 'handler' && !this.options.isTransient(error)) return result;
      if (by === 'surroundings' && isProgrammingError(error)) {
        throw new FatalError(`the transaction can't be run: ${errorText(error)}`, { cause: error });
      }
      this.count('retried');
      const backoffMs = this.backoffMs(tries, error);
      this.logger.warn(
        { ...this.place(messages), reason: errorText(error), backoffMs },
        'slice failed, trying again',
      );
      await turn.backOff(backoffMs);
      if (!turn.goesOn()) return { kind: 'interrupted' };
    }
  }

  private async tryOnce(
    messages: readonly RawMessage[],
    from: bigint | undefined,
  ): Promise<SliceResult | Failure> {
    const endTimer = this.options.metrics.duration.startTimer({ topic: this.origin.topic });
    const to = endOf(messages);
    let thrown: Failure | undefined;
    try {
      const moved = await this.options.transactions.run({ ...this.origin, from, to }, async (tx) => {
        try {
          return await this.work(messages, tx, to);
        } catch (error) {
          thrown = { by: 'handler', error };
          throw error;
        }
      });
      if (moved.kind === 'fenced') {
        this.count('fenced');
        return { kind: 'fenced' };
      }
      this.count('committed');
      this.breaker.handled(messages.length);
      for (const [outcome, count] of moved.value) {
        this.options.metrics.messages.inc({ topic: this.origin.topic, outcome }, count);
      }
      return { kind: 'moved', to };
    } catch (error) {
      // Whatever the handler didn't throw came from the transaction around it: begin, offset, commit.
      return thrown ?? { by: 'surroundings', error };
    } finally {
      endTimer();
    }
  }

  /** Handler and dead letters: all that must have happened when the offset moves. */
  private async work(
    messages: readonly RawMessage[],
    tx: Tx,
    to: bigint,
  ): Promise<ReadonlyMap<string, number>> {
    const outcomes = await this.handle(messages, tx, to);
    const dead = outcomes.flatMap(({ raw, outcome }) =>
      outcome.kind === 'dead-letter'
        ? [deadLetterRecord(raw, outcome.reason, this.origin, this.options.clock)]
        : [],
    );
    if (dead.length > 0) await this.publishDead(dead);
    const counts = new Map<string, number>();
    for (const { outcome } of outcomes) counts.set(outcome.kind, (counts.get(outcome.kind) ?? 0) + 1);
    return counts;
  }

  private async handle(
    messages: readonly RawMessage[],
    tx: Tx,
    to: bigint,
  ): Promise<readonly { raw: RawMessage; outcome: Outcome }[]> {
    const { group, topic, partition } = this.origin;
    const valid = messages.flatMap(({ decoded }): Message[] => (decoded.ok ? [decoded.message] : []));
    const context = { tx, group, topic, partition, to };
    const outcomes =
      valid.length === 0 ? [] : await this.handler({ topic, partition, messages: valid }, context);
    checkCount(topic, outcomes, valid.length);
    const left = outcomes.values();
    return messages.map((raw) => {
      if (!raw.decoded.ok)
        return { raw, outcome: { kind: 'dead-letter', reason: `invalid: ${raw.decoded.reason}` } };
      const next = left.next();
      if (next.done === true) throw new FatalError(`too few outcomes for ${topic}`);
      return { raw, outcome: next.value };
    });
  }

  /** A message that stands alone is tried again before it is given up: a lost connection looks like poison. */
  private async handlePoison(
    messages: readonly RawMessage[],
    from: bigint | undefined,
    turn: Turn,
    firstError: unknown,
  ): Promise<SliceResult> {
    let error = firstError;
    for (let tries = 1; tries < this.options.poisonTries; tries += 1) {
      await turn.backOff(this.backoffMs(tries - 1, error));
      if (!turn.goesOn()) return { kind: 'interrupted' };
      const again = await this.tryUntilSettled(messages, from, turn);
      if (!('by' in again)) return again;
      error = again.error;
    }
    this.breaker.threw(error);
    this.logger.error(
      { ...this.place(messages), err: error },
      'message makes the handler throw, dead-lettering it',
    );
    return this.moveOver(messages, from, turn, `handler threw ${errorText(error)}`);
  }

  /** Dead-letters without asking the handler, in the transaction that moves the offset. */
  private async moveOver(
    messages: readonly RawMessage[],
    from: bigint | undefined,
    turn: Turn,
    reason: string,
  ): Promise<SliceResult> {
    const to = endOf(messages);
    const records = messages.map((message) =>
      deadLetterRecord(message, reason, this.origin, this.options.clock),
    );
    for (let tries = 0; ; tries += 1) {
      try {
        const moved = await this.options.transactions.run({ ...this.origin, from, to }, () =>
          this.publishDead(records),
        );
        if (moved.kind === 'fenced') return { kind: 'fenced' };
        this.options.metrics.messages.inc(
          { topic: this.origin.topic, outcome: 'dead-letter' },
          messages.length,
        );
        return { kind: 'moved', to };
      } catch (error) {
        if (error instanceof FatalError || isProgrammingError(error)) throw error;
        this.logger.warn(
          { ...this.place(messages), reason: errorText(error) },
          'dead letter not written, trying again',
        );
        await turn.backOff(this.backoffMs(tries, error));
        if (!turn.goesOn()) return { kind: 'interrupted' };
      }
    }
  }

  private async publishDead(records: readonly Parameters<Publisher['publish']>[0][]): Promise<void> {
    try {
      await this.options.publisher.publishAll(records, {
        deadlineMs: PATIENCE_MS,
        maxRecordBytes: DEAD_LETTER_MAX_BYTES - 1_024,
      });
    } catch (error) {
      if (!(error instanceof RecordRejected)) throw error;
      throw new FatalError(`a message can't be dead-lettered, and may not be dropped: ${error.message}`, {
        cause: error,
      });
    }
  }

  /**
   * Before the first message of a large slice is dead-lettered: would most of it be? Each of the first messages
   * is tried by itself, rolled back. So a defect in the handler leaves no dead letters behind.
   */
  private async breakIfMostThrow(
    messages: readonly RawMessage[],
    from: bigint | undefined,
    turn: Turn,
    cause: unknown,
  ): Promise<void> {
    const { minMessages } = this.breaker;
    if (messages.length < minMessages) return;
    const sample = sampleOf(messages, minMessages);
    let threw = 0;
    for (const message of sample) {
      if (await this.trialThrows(message, from)) threw += 1;
      await turn.backOff(0);
      if (!turn.goesOn()) return;
    }
    if (threw * 2 > sample.length) this.breaker.trip(threw, sample.length, cause);
  }

  private async trialThrows(message: RawMessage, from: bigint | undefined): Promise<boolean> {
    const { decoded, offset } = message;
    if (!decoded.ok) return false;
    const { group, topic, partition } = this.origin;
    const to = offset + 1n;
    let threw = false;
    try {
      await this.options.transactions.run({ ...this.origin, from, to }, async (tx) => {
        try {
          await this.handler(
            { topic, partition, messages: [decoded.message] },
            { tx, group, topic, partition, to },
          );
        } catch (error) {
          threw = !this.options.isTransient(error);
        }
        throw new TrialOver();
      });
    } catch {
      // Rolled back, as intended; if the database is away instead, the real try will see it.
    }
    return threw;
  }

  private backoffMs(tries: number, error: unknown): number {
    const wanted = error instanceof Retriable ? error.retryAfterMs : undefined;
    if (wanted !== undefined) return Math.min(wanted, PATIENCE_MS);
    return Math.min(this.options.maxBackoffMs, INITIAL_BACKOFF_MS * 2 ** Math.min(tries, 16));
  }

  private count(result: string): void {
    this.options.metrics.slices.inc({ topic: this.origin.topic, result });
  }

  private place(messages: readonly RawMessage[]) {
    return {
      topic: this.origin.topic,
      partition: this.origin.partition,
      offset: String(messages[0]?.offset),
      messages: messages.length,
    };
  }
}

/** TypeScript can't see what came through Nest; a missing outcome would pass for a message that was handled. */
function checkCount(topic: string, outcomes: unknown, expected: number): void {
  const count = Array.isArray(outcomes) ? outcomes.length : undefined;
  if (count === expected) return;
  throw new FatalError(
    `the handler of ${topic} must answer with one outcome for each message, but gave ${count ?? typeof outcomes} for ${expected}`,
  );
}

const endOf = (messages: readonly RawMessage[]): bigint => (messages.at(-1)?.offset ?? -1n) + 1n;

/** Evenly spread over the slice. */
function sampleOf(messages: readonly RawMessage[], count: number): RawMessage[] {
  const step = messages.length / count;
  return Array.from({ length: count }, (_, index) => messages[Math.floor(index * step)]).filter(
    (message) => message !== undefined,
  );
}
