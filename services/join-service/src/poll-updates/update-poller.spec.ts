import { Logger } from '@nestjs/common';
import { PublishTimeout } from '@clickjoin/kafka';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { type RawUpdate, TelegramRefused, type UpdatesOrder } from '@clickjoin/telegram';
import { eventually, FakeClock } from '@clickjoin/testing';
import type { Bot } from '../bots/bot-directory';
import type { FollowUpResult } from '../follow-up/follow-up-runner';
import { JoinMetrics } from '../metrics';
import type { Received } from '../receive-update/read-updates';
import { UpdatePoller } from './update-poller';

const bot: Bot = {
  botId: '7409988776',
  token: 't',
  webhookSecret: 's',
  secretDigests: [],
  updatesBy: undefined,
};

/** Keeps updates until an offset confirms them, as Telegram does. */
class FakeTelegram {
  waiting: RawUpdate[] = [];
  readonly offsets: (number | undefined)[] = [];
  failures: Error[] = [];
  polls = 0;

  async getUpdates(
    _token: string,
    { offset, limit, waitSeconds }: UpdatesOrder,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<readonly RawUpdate[]> {
    this.polls += 1;
    this.offsets.push(offset);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    if (offset !== undefined) this.waiting = this.waiting.filter(({ update_id: id }) => id >= offset);
    if (this.waiting.length === 0 && waitSeconds > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.waiting.slice(0, limit);
  }
}

describe('UpdatePoller', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let telegram: FakeTelegram;
  let clock: FakeClock;
  let taken: number[];
  /** Only what they ask for, not what they say. */
  let followedUp: number[];
  let notStored: Error[];
  let notYet: Set<number>;
  let conflicts: number;
  let isToPoll: boolean;
  let poller: UpdatePoller;
  let ended: Promise<void>;

  const resultInto =
    (seen: number[]) =>
    ({ update }: Received): FollowUpResult => {
      const id = (update as RawUpdate).update_id;
      seen.push(id);
      return notYet.has(id) ? { kind: 'later', retryAfterMs: 1 } : { kind: 'done' };
    };
  const updates = (...ids: number[]): RawUpdate[] => ids.map((update_id) => ({ update_id }));

  beforeEach(() => {
    telegram = new FakeTelegram();
    clock = new FakeClock();
    taken = [];
    followedUp = [];
    notStored = [];
    notYet = new Set();
    conflicts = 0;
    isToPoll = true;
    poller = new UpdatePoller({
      botId: bot.botId,
      find: () => (isToPoll ? bot : undefined),
      telegram,
      intake: {
        takeAll: (_botId, received): Promise<readonly FollowUpResult[]> => {
          const failure = notStored.shift();
          if (failure !== undefined) return Promise.reject(failure);
          return Promise.resolve(received.map(resultInto(taken)));
        },
        followUpAll: (_botId, received) => Promise.resolve(received.map(resultInto(followedUp))),
      },
      onConflict: () => (conflicts += 1),
      metrics: new JoinMetrics(new MetricsRegistry()),
      clock,
      waitSeconds: 1,
    });
    ended = Promise.resolve();
  });

  afterEach(async () => {
    poller.stop();
    await ended;
  });

  it('confirms what is stored, and nothing else', async () => {
    telegram.waiting = updates(10, 11, 12);
    notStored = [new PublishTimeout(500, true)];
    ended = poller.run();
    await eventually(() => expect(telegram.waiting).toEqual([]));
    expect(taken).toEqual([10, 11, 12]);
    // Twice without an offset: before anything was stored, and after the attempt that failed.
    expect(telegram.offsets.slice(0, 3)).toEqual([undefined, undefined, 13]);
  });

  it('takes numbers that start anew below the old ones', async () => {
    telegram.waiting = updates(900_000_000);
    ended = poller.run();
    await eventually(() => expect(telegram.waiting).toEqual([]));
    await eventually(() => expect(telegram.offsets.at(-1)).toBeUndefined());
    telegram.waiting = updates(2_000_001);
    await eventually(() => expect(taken).toEqual([900_000_000, 2_000_001]));
  });

  it('goes on behind an update that is not done yet, and takes none twice', async () => {
    notYet.add(10);
    telegram.waiting = updates(10, 11);
    ended = poller.run();
    await eventually(() => expect(taken).toEqual([10, 11]));
    telegram.waiting.push(...updates(12));
    await eventually(() => expect(taken).toEqual([10, 11, 12]));
    expect(telegram.waiting.map(({ update_id: id }) => id)).toEqual([10, 11, 12]);
    notYet.clear();
    await eventually(() => expect(telegram.waiting).toEqual([]));
    expect(taken).toEqual([10, 11, 12]);
    expect(new Set(followedUp)).toEqual(new Set([10]));
  });

  it('lets an update go that is not done for too long: a hundred later ones would wait behind it', async () => {
    notYet.add(10);
    telegram.waiting = updates(10, 11);
    ended = poller.run();
    await eventually(() => expect(taken).toEqual([10, 11]));
    clock.advance(120_000);
    await eventually(() => expect(telegram.waiting).toEqual([]));
  });

  it('lets all go at once that are not done for too long, and none that came later', async () => {
    const early = [10, 11, 12];
    for (const id of [...early, 13]) notYet.add(id);
    telegram.waiting = updates(...early);
    ended = poller.run();
    await eventually(() => expect(taken).toEqual(early));
    clock.advance(60_000);
    telegram.waiting = updates(...early, 13);
    await eventually(() => expect(taken).toEqual([...early, 13]));
    clock.advance(60_000);
    await eventually(() => expect(telegram.waiting.map(({ update_id: id }) => id)).toEqual([13]));
    clock.advance(60_000);
    await eventually(() => expect(telegram.waiting).toEqual([]));
    expect(taken).toEqual([...early, 13]);
  });

  it('tells of a conflict, and polls again', async () => {
    telegram.failures = [new TelegramRefused(409, 'Conflict')];
    telegram.waiting = updates(1);
    ended = poller.run();
    await eventually(() => expect(taken).toEqual([1]));
    expect(conflicts).toBe(1);
  });

  it('confirms the last ones when it stops, so that nobody gets them again', async () => {
    telegram.waiting = updates(10);
    ended = poller.run();
    await eventually(() => expect(taken).toEqual([10]));
    poller.stop();
    await ended;
    expect(telegram.waiting).toEqual([]);
  });

  it('sleeps while another instance polls, or the bot has a webhook', async () => {
    isToPoll = false;
    ended = poller.run();
    telegram.waiting = updates(10);
    poller.changed();
    await new Promise((resolve) => setImmediate(resolve));
    expect(telegram.polls).toBe(0);
    isToPoll = true;
    poller.changed();
    await eventually(() => expect(taken).toEqual([10]));
  });
});
