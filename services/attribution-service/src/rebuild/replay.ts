import { setTimeout as pause } from 'node:timers/promises';
import {
  topics,
  type BotStarted,
  type ClickCaptured,
  type JoinReceived,
  type TopicDefinition,
} from '@clickjoin/contracts';
import type { Message, Outcome, Slice as HandledSlice, SliceContext } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import type { INestApplicationContext } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ClickCapturedHandler } from '../attribute/click-captured.handler';
import { DecidedMeanwhile } from '../attribute/decided-meanwhile';
import { JoinReceivedHandler } from '../attribute/join-received.handler';
import { BotStartedHandler } from '../bot-start/bot-started.handler';
import { Closer } from '../close-waiting-joins/closer';
import { SERVICE } from '../service-name';
import type { BoundedLog, Slice } from './bounded-log';

/** In this order, so that a join finds its click. By the rule the order makes no difference (README). */
export const INPUTS: readonly TopicDefinition[] = [
  topics.clickCaptured,
  topics.botStarted,
  topics.joinReceived,
];

const RETRY_MS = 50;
/** Looks of the closer that close nothing although something is due, until that is taken for a defect. */
const LOOKS_IN_VAIN = 20;

export interface ReplayCounts {
  readonly clicks: number;
  readonly botStarts: number;
  readonly joins: number;
  /** Records that break their contract: the service puts them aside as dead letters. */
  readonly invalid: number;
  /** Of inputs whose beginning retention has deleted: when the earliest record that is left was logged, Unix ms. */
  readonly reachesBackTo: number | undefined;
}

/** Brings a bounded log through the service's own handlers and closer, each slice in its fenced transaction. */
export class Replay {
  private readonly counts = new Map<string, number>();
  private invalid = 0;
  private readonly firstLoggedAt = new Map<string, number>();

  private readonly fence: FencedTransactions;
  private readonly clicks: ClickCapturedHandler;
  private readonly botStarts: BotStartedHandler;
  private readonly joins: JoinReceivedHandler;
  private readonly closer: Closer;

  /** @param app with AttributeModule and the empty database */
  constructor(app: INestApplicationContext) {
    this.fence = app.get(FencedTransactions);
    this.clicks = app.get(ClickCapturedHandler);
    this.botStarts = app.get(BotStartedHandler);
    this.joins = app.get(JoinReceivedHandler);
    this.closer = app.get(Closer);
  }

  async run(
    log: BoundedLog,
    onProgress: (records: number) => void,
    signal: AbortSignal,
  ): Promise<ReplayCounts> {
    let done = 0;
    for (const topic of INPUTS) {
      await log.read(
        topic,
        async (slice) => {
          await this.take(slice);
          done += slice.records.length;
          onProgress(done);
        },
        signal,
      );
    }
    await this.closeDue(signal);
    return {
      clicks: this.counts.get(topics.clickCaptured.name) ?? 0,
      botStarts: this.counts.get(topics.botStarted.name) ?? 0,
      joins: this.counts.get(topics.joinReceived.name) ?? 0,
      invalid: this.invalid,
      reachesBackTo: this.reachesBackTo(log),
    };
  }

  private async take({ topic: { name: topic }, partition, records }: Slice): Promise<void> {
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined) return;
    const place = `${topic}/${partition}`;
    if (!this.firstLoggedAt.has(place)) this.firstLoggedAt.set(place, Number(first.record.timestamp));
    const messages = records.flatMap(({ decoded }) => (decoded.ok ? [decoded.message] : []));
    this.counts.set(topic, (this.counts.get(topic) ?? 0) + messages.length);
    this.invalid += records.length - messages.length;

    const to = last.offset + 1n;
    for (;;) {
      const from = await this.fence.position(SERVICE, topic, partition);
      try {
        await this.fence.run({ group: SERVICE, topic, partition, from, to }, (tx) =>
          this.handle({ topic, partition, messages }, { tx, group: SERVICE, topic, partition, to }),
        );
        return;
      } catch (error) {
        // Two reports of one join, in two partitions at once.
        if (!(error instanceof DecidedMeanwhile || this.fence.isTransient(error))) throw error;
        await pause(RETRY_MS);
      }
    }
  }

  private async handle(
    { topic, partition, messages }: HandledSlice,
    context: SliceContext<EntityManager>,
  ): Promise<readonly Outcome[]> {
    // Each was decoded by its own topic's contract.
    switch (topic) {
      case topics.clickCaptured.name:
        return this.clicks.onClickCaptured(
          { topic, partition, messages: messages as readonly Message<ClickCaptured>[] },
          context,
        );
      case topics.botStarted.name:
        return this.botStarts.onBotStarted(
          { topic, partition, messages: messages as readonly Message<BotStarted>[] },
          context,
        );
      default:
        return this.joins.onJoinReceived(
          { topic, partition, messages: messages as readonly Message<JoinReceived>[] },
          context,
        );
    }
  }

  /** What is due by now; joins that still have time wait on, here as in the service. */
  private async closeDue(signal: AbortSignal): Promise<void> {
    for (let looks = 0; looks < LOOKS_IN_VAIN; looks += 1) {
      signal.throwIfAborted();
      if ((await this.closer.closeDue()) !== 0) return;
    }
    throw new Error('waiting joins are due and are not closed although the log has been read');
  }

  private reachesBackTo(log: BoundedLog): number | undefined {
    const times = INPUTS.flatMap(({ name }) =>
      [...log.rangesOf(name)].flatMap(([partition, { start }]) => {
        const firstAt = this.firstLoggedAt.get(`${name}/${partition}`);
        return start > 0n && firstAt !== undefined ? [firstAt] : [];
      }),
    );
    return times.length === 0 ? undefined : Math.max(...times);
  }
}
