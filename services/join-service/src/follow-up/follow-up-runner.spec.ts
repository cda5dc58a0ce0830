import { Logger } from '@nestjs/common';
import type { ChannelConfigured, ChannelDetected } from '@clickjoin/contracts';
import { InMemoryTable } from '@clickjoin/kafka';
import { MetricsRegistry } from '@clickjoin/service-kit';
import {
  type Approval,
  type ChatDetails,
  type MessageOrder,
  TelegramRefused,
  TelegramThrottled,
  TelegramUnavailable,
} from '@clickjoin/telegram';
import { FakeClock } from '@clickjoin/testing';
import type { BotDirectory, BotLookup } from '../bots/bot-directory';
import { channelConfigured, channelDetected } from '../channels/channel.fixture';
import { KnownChannels } from '../channels/known-channels';
import { JoinMetrics } from '../metrics';
import type { FollowUp } from './follow-up';
import { type FollowUpResult, FollowUpRunner } from './follow-up-runner';
import { StartAnswer } from './start-answer';

const BOT = '7409988776';
const CHAT = channelConfigured().chatId;
const approveOf = (telegramUserId: string): FollowUp => ({ kind: 'approve', chatId: CHAT, telegramUserId });
const APPROVE = approveOf('6301122334');
const ANSWER: FollowUp = { kind: 'answer-start', chatId: CHAT, telegramUserId: '6301122334' };

class FakeTelegram {
  failures: Error[] = [];
  approval: Approval = 'approved';
  chat: Partial<ChatDetails> = {};
  readonly approved: string[] = [];
  readonly sent: MessageOrder[] = [];

  approveChatJoinRequest(_token: string, { userId }: { userId: string }): Promise<Approval> {
    return this.unlessFailing(() => {
      this.approved.push(userId);
      return this.approval;
    });
  }

  sendMessage(_token: string, order: MessageOrder): Promise<void> {
    return this.unlessFailing(() => {
      this.sent.push(order);
    });
  }

  getChat(): Promise<ChatDetails> {
    return this.unlessFailing(() => ({
      id: CHAT,
      type: 'channel',
      title: 'Balcony Gardens',
      username: undefined,
      inviteLink: undefined,
      ...this.chat,
    }));
  }

  private unlessFailing<T>(act: () => T): Promise<T> {
    const failure = this.failures.shift();
    return failure === undefined ? Promise.resolve(act()) : Promise.reject(failure);
  }
}

describe('FollowUpRunner', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let telegram: FakeTelegram;
  let clock: FakeClock;
  let lookup: BotLookup;
  let channels: InMemoryTable<ChannelConfigured>;
  let detected: InMemoryTable<ChannelDetected>;
  let runner: FollowUpRunner;
  const run = (followUp: FollowUp, key = 'update', canHandOver = true): Promise<FollowUpResult> =>
    runner.run(BOT, followUp, key, canHandOver);

  beforeEach(() => {
    telegram = new FakeTelegram();
    clock = new FakeClock();
    lookup = {
      kind: 'known',
      bot: { botId: BOT, token: 't', webhookSecret: 's', secretDigests: [], updatesBy: undefined },
    };
    channels = new InMemoryTable();
    detected = new InMemoryTable();
    channels.put(CHAT, channelConfigured({ username: 'gardens_example' }));
    const known = new KnownChannels(detected);
    runner = new FollowUpRunner(
      { find: () => lookup } as unknown as BotDirectory,
      new StartAnswer(known, channels, telegram, clock),
      telegram,
      clock,
      { webhookMaxConnections: 2 },
      new JoinMetrics(new MetricsRegistry()),
    );
  });

  it.each<Approval>(['approved', 'nothing-to-approve'])(
    'is done with a request that is %s',
    async (approval) => {
      telegram.approval = approval;
      await expect(run(APPROVE)).resolves.toEqual({ kind: 'done' });
      expect(telegram.approved).toEqual(['6301122334']);
    },
  );

  it('leaves to the owner what Telegram refuses: it would refuse it for a day', async () => {
    telegram.failures = [new TelegramRefused(400, 'not enough rights')];
    await expect(run(APPROVE)).resolves.toEqual({ kind: 'done' });
  });

  it.each([
    { failure: new TelegramUnavailable('no connection'), retryAfterMs: 10_000 },
    { failure: new TelegramThrottled(7_000), retryAfterMs: 7_000 },
    { failure: new TelegramRefused(401, 'Unauthorized: the token is being exchanged'), retryAfterMs: 10_000 },
  ])('asks to be asked again after $failure.message, and then does it', async ({ failure, retryAfterMs }) => {
    telegram.failures = [failure];
    await expect(run(APPROVE)).resolves.toEqual({ kind: 'later', retryAfterMs });
    clock.advance(retryAfterMs);
    await expect(run(APPROVE)).resolves.toEqual({ kind: 'done' });
    expect(telegram.approved).toEqual(['6301122334']);
  });

  it('calls nothing in a pause that Telegram has asked for', async () => {
    telegram.failures = [new TelegramThrottled(7_000)];
    await run(APPROVE);
    clock.advance(3_000);
    await expect(run(approveOf('5'))).resolves.toEqual({ kind: 'later', retryAfterMs: 4_000 });
    expect(telegram.approved).toEqual([]);
  });

  it('makes no more wait than half of those that stop all deliveries, and hands Telegram the rest', async () => {
    telegram.failures = Array.from({ length: 4 }, () => new TelegramUnavailable('no connection'));
    const kinds = [];
    for (const person of ['1', '2', '3']) kinds.push((await run(approveOf(person))).kind);
    expect(kinds).toEqual(['later', 'later', 'hand-over']);
    await expect(run(approveOf('3'))).resolves.toEqual({
      kind: 'hand-over',
      call: { method: 'approveChatJoinRequest', chat_id: CHAT, user_id: 3 },
    });
    // One gets through, and gives its place to another.
    await expect(run(approveOf('1'))).resolves.toEqual({ kind: 'done' });
    telegram.failures = [new TelegramUnavailable('no connection')];
    await expect(run(approveOf('3'))).resolves.toMatchObject({ kind: 'later' });
  });

  it('hands nothing over where an answer carries no call', async () => {
    telegram.failures = Array.from({ length: 3 }, () => new TelegramUnavailable('no connection'));
    for (const person of ['1', '2', '3']) {
      await expect(run(approveOf(person), person, false)).resolves.toMatchObject({ kind: 'later' });
    }
  });

  it('does nothing for a bot that is gone', async () => {
    lookup = { kind: 'unknown' };
    await expect(run(APPROVE)).resolves.toEqual({ kind: 'done' });
    expect(telegram.approved).toEqual([]);
  });

  describe('answers a start', () => {
    const button = (title: string, url: string): MessageOrder => ({
      chatId: '6301122334',
      text: title,
      button: { text: `→ ${title}`, url },
    });

    it('with a button to the public channel', async () => {
      await expect(run(ANSWER)).resolves.toEqual({ kind: 'done' });
      expect(telegram.sent).toEqual([button('Balcony Gardens', 'https://t.me/gardens_example')]);
    });

    it('by the name that the channel has now, whatever it had when it was set up', async () => {
      detected.put(
        'key',
        channelDetected({
          username: 'roofs_example',
          chat: { type: 'channel', title: 'Roof Gardens', isPublic: true },
        }),
      );
      await run(ANSWER);
      expect(telegram.sent).toEqual([button('Roof Gardens', 'https://t.me/roofs_example')]);
    });

    it("with the bot's primary link to a channel that has become private", async () => {
      detected.put('key', channelDetected());
      telegram.chat = { inviteLink: 'https://t.me/+PrimaryLinkOfBot' };
      await run(ANSWER);
      expect(telegram.sent).toEqual([button('Balcony Gardens', 'https://t.me/+PrimaryLinkOfBot')]);
    });

    it('not at all when there is no way in, or the channel is none of ours', async () => {
      detected.put('key', channelDetected());
      await expect(run(ANSWER)).resolves.toEqual({ kind: 'done' });
      channels.delete(CHAT);
      await expect(run(ANSWER)).resolves.toEqual({ kind: 'done' });
      expect(telegram.sent).toEqual([]);
    });

    it('once, also when its update comes again', async () => {
      await run(ANSWER, 'one');
      await run(ANSWER, 'one');
      await run(ANSWER, 'another');
      expect(telegram.sent).toHaveLength(2);
    });

    it('through Telegram itself, when too many wait', async () => {
      telegram.failures = Array.from({ length: 3 }, () => new TelegramUnavailable('no connection'));
      await run(approveOf('1'));
      await run(approveOf('2'));
      await expect(run(ANSWER)).resolves.toEqual({
        kind: 'hand-over',
        call: {
          method: 'sendMessage',
          chat_id: '6301122334',
          text: 'Balcony Gardens',
          reply_markup: {
            inline_keyboard: [[{ text: '→ Balcony Gardens', url: 'https://t.me/gardens_example' }]],
          },
        },
      });
    });
  });
});
