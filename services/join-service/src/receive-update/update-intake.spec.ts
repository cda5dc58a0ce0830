import { Logger } from '@nestjs/common';
import {
  type BotChecked,
  type ChannelConfigured,
  type ChannelDetected,
  decode,
  type OutboundRecord,
  startPayloadOf,
  topics,
} from '@clickjoin/contracts';
import { InMemoryTable, PublishTimeout, type PublishableRecord } from '@clickjoin/kafka';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { FakeClock } from '@clickjoin/testing';
import { BotActivity } from '../bots/bot-activity';
import { ChannelSightings } from '../channels/channel-sightings';
import { channelConfigured, channelDetected } from '../channels/channel.fixture';
import { KnownChannels } from '../channels/known-channels';
import type { FollowUp } from '../follow-up/follow-up';
import type { FollowUpResult } from '../follow-up/follow-up-runner';
import { JoinMetrics } from '../metrics';
import { BOT_ID, CHANNEL, joinRequest, memberChange, message } from '../translate/updates.fixture';
import { updatesIn } from './read-updates';
import { UpdateIntake } from './update-intake';

const botId = String(BOT_ID);
const CLICK = '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e03';
const bytes = (update: unknown): Buffer => Buffer.from(JSON.stringify(update));

describe('UpdateIntake', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let published: OutboundRecord[];
  let failWith: Error | undefined;
  let registry: MetricsRegistry;
  let channels: InMemoryTable<ChannelConfigured>;
  let detected: InMemoryTable<ChannelDetected>;
  let checkedSoon: unknown[];
  let followUps: { readonly followUp: FollowUp; readonly updateKey: string; readonly canHandOver: boolean }[];
  let followUpResult: FollowUpResult;
  let activity: BotActivity;
  let intake: UpdateIntake;

  beforeEach(() => {
    published = [];
    failWith = undefined;
    registry = new MetricsRegistry();
    const publisher = {
      publishAll: (records: readonly PublishableRecord[]): Promise<void> => {
        if (failWith !== undefined) return Promise.reject(failWith);
        published.push(...(records as OutboundRecord[]));
        return Promise.resolve();
      },
    };
    const clock = new FakeClock(Date.UTC(2026, 7, 29, 10, 44));
    channels = new InMemoryTable();
    detected = new InMemoryTable();
    checkedSoon = [];
    followUps = [];
    followUpResult = { kind: 'done' };
    activity = new BotActivity(clock, new InMemoryTable<BotChecked>());
    intake = new UpdateIntake(
      publisher,
      channels,
      new ChannelSightings(new KnownChannels(detected), { checkSoon: (place) => checkedSoon.push(place) }),
      {
        run: (_botId, followUp, updateKey, canHandOver) => {
          followUps.push({ followUp, updateKey, canHandOver });
          return Promise.resolve(followUpResult);
        },
      },
      clock,
      { publishDeadlineMs: 5_000 },
      activity,
      new JoinMetrics(registry),
    );
  });

  /** The events of a topic, in order. */
  const eventsOf = (topic: string): unknown[] =>
    published
      .filter((record) => record.topic === topic)
      .map(({ value }): unknown => JSON.parse(value.toString()));

  it('puts a join into its topic, with the trace of its update', async () => {
    await intake.take(botId, bytes(memberChange()));
    expect(published).toHaveLength(1);
    expect(published[0]).toMatchObject({ topic: 'telegram.join-received.v1' });
    expect(published[0]?.headers).toMatchObject({
      ce_source: 'join-service',
      traceparent: expect.stringMatching(/^00-/) as string,
    });
    await expect(registry.scrape()).resolves.toMatch(
      /clickjoin_join_joins_total\{route="direct",matchable="false",chat="private",[^}]*\} 1/,
    );
  });

  it('gives the same record, byte for byte, when Telegram sends the update again', async () => {
    await intake.take(botId, bytes(memberChange()));
    await intake.take(botId, bytes(memberChange()));
    expect(published[1]).toEqual(published[0]);
  });

  it('gives the same join id when a second bot reports the join', async () => {
    await intake.take(botId, bytes(memberChange()));
    await intake.take('7111111111', bytes({ ...memberChange(), update_id: 90_000_001 }));
    expect(published.map(({ headers }) => headers.ce_id)).toEqual([
      published[0]?.headers.ce_id,
      published[0]?.headers.ce_id,
    ]);
  });

  it('publishes nothing for what says nothing', async () => {
    await intake.take(botId, bytes(message('hello')));
    expect(published).toEqual([]);
    await expect(registry.scrape()).resolves.toMatch(
      /clickjoin_join_skipped_total\{reason="message",[^}]*\} 1/,
    );
  });

  it.each([
    { name: 'no JSON', body: Buffer.from('{"update_id":1,'), reason: 'not JSON' },
    { name: 'no body', body: Buffer.alloc(0), reason: 'not JSON' },
    { name: 'deep nesting', body: Buffer.from('['.repeat(100_000)), reason: 'not JSON' },
    { name: 'JSON that is no update', body: Buffer.from('7'), reason: 'update must be an object' },
    { name: 'null', body: Buffer.from('null'), reason: 'update must be an object' },
    {
      name: 'a broken field',
      body: bytes(memberChange({ date: 'soon' })),
      reason: 'update.chat_member.date must be an integer',
    },
  ])('keeps what it does not understand as it came: $name', async ({ body, reason }) => {
    await intake.take(botId, body);
    expect(published.map(({ topic }) => topic)).toEqual(['telegram.update-rejected.v1']);
    const decoded = decode(topics.updateRejected, published[0]?.value ?? null);
    if (!decoded.ok) throw new Error(decoded.reason);
    const { body: kept, ...event } = decoded.event;
    expect(event).toEqual({ botId, receivedAt: '2026-08-29T10:44:00.000Z', reason });
    expect(Buffer.from(kept, 'base64').equals(body)).toBe(true);
  });

  it('passes on that Kafka did not take it, and counts nothing as published', async () => {
    failWith = new PublishTimeout(5_000, true);
    await expect(intake.take(botId, bytes(memberChange()))).rejects.toBe(failWith);
    const metrics = await registry.scrape();
    expect(metrics).toMatch(/clickjoin_join_updates_total\{outcome="not-stored",[^}]*\} 1/);
    expect(metrics).not.toMatch(/outcome="published"/);
  });

  it('stamps a join with the rule of its channel, as it is set up at that moment', async () => {
    channels.put(String(CHANNEL.id), channelConfigured({ linkMode: 'bot-start-link' }));
    await intake.take(botId, bytes(memberChange()));
    channels.put(String(CHANNEL.id), channelConfigured({ attribution: { graceMs: 5_000 }, version: 2 }));
    await intake.take(botId, bytes(memberChange({ date: 1_788_000_009 })));
    channels.delete(String(CHANNEL.id));
    await intake.take(botId, bytes(memberChange({ date: 1_788_000_010 })));
    expect(eventsOf('telegram.join-received.v1').map((event) => (event as { rule?: unknown }).rule)).toEqual([
      { awaitsBotStart: true },
      { graceMs: 5_000 },
      undefined,
    ]);
  });

  describe('a list of updates', () => {
    const joins = [1, 2, 3].map((second) => memberChange({ date: 1_788_000_000 + second }));

    it('is taken in its order, in one go', async () => {
      await intake.take(botId, bytes(joins));
      expect(eventsOf('telegram.join-received.v1')).toMatchObject(
        [1, 2, 3].map((second) => ({ joinedAt: `2026-08-29T10:40:0${second}.000Z` })),
      );
    });

    it('keeps what it does not understand of it by itself, and takes the rest', async () => {
      await intake.take(botId, bytes([joins[0], 'nonsense', [joins[1]], joins[2]]));
      expect(eventsOf('telegram.join-received.v1')).toHaveLength(2);
      const kept = eventsOf('telegram.update-rejected.v1') as { body: string }[];
      expect(kept.map(({ body }) => Buffer.from(body, 'base64').toString())).toEqual([
        '"nonsense"',
        JSON.stringify([joins[1]]),
      ]);
    });

    it('is not taken at all when Kafka does not take it', async () => {
      failWith = new PublishTimeout(5_000, true);
      await expect(intake.take(botId, bytes([...joins, joinRequest()]))).rejects.toBe(failWith);
      expect(followUps).toEqual([]);
    });

    it('may be empty', async () => {
      await expect(intake.take(botId, bytes([]))).resolves.toEqual({ kind: 'done' });
      expect(published).toEqual([]);
    });

    it('may hold what is nested deeper than it can be written', async () => {
      const depth = 50_000;
      const body = Buffer.from(`[${'['.repeat(depth)}${']'.repeat(depth)}]`);
      await intake.take(botId, body);
      expect(eventsOf('telegram.update-rejected.v1')).toHaveLength(1);
    });
  });

  describe('what an update asks for', () => {
    beforeEach(() => channels.put(String(CHANNEL.id), channelConfigured({ joinRequests: 'approve-all' })));

    it('is done once it is in the log', async () => {
      const start = message(`/start ${startPayloadOf(String(CHANNEL.id), CLICK)}`);
      failWith = new PublishTimeout(5_000, true);
      await expect(intake.take(botId, bytes(start))).rejects.toBe(failWith);
      expect(followUps).toEqual([]);
      failWith = undefined;
      await intake.take(botId, bytes(start));
      expect(eventsOf('telegram.bot-started.v1')).toHaveLength(1);
      expect(followUps).toMatchObject([{ followUp: { kind: 'answer-start' }, canHandOver: true }]);
    });

    it.each<FollowUpResult>([
      { kind: 'later', retryAfterMs: 7_000 },
      { kind: 'hand-over', call: { method: 'approveChatJoinRequest' } },
    ])('decides about the answer: $kind', async (result) => {
      followUpResult = result;
      await expect(intake.take(botId, bytes(joinRequest()))).resolves.toEqual(result);
      expect(published).toEqual([]);
    });

    it('is done again without putting anything into the log again', async () => {
      const updates = [message(`/start ${startPayloadOf(String(CHANNEL.id), CLICK)}`), joinRequest()];
      const received = updatesIn(bytes(updates));
      followUpResult = { kind: 'later', retryAfterMs: 7_000 };
      await intake.takeAll(botId, received, false);
      expect(eventsOf('telegram.bot-started.v1')).toHaveLength(1);
      const first = followUps.splice(0);
      published.length = 0;
      await expect(intake.followUpAll(botId, received)).resolves.toEqual([followUpResult, followUpResult]);
      expect(published).toEqual([]);
      expect(followUps).toEqual(first);
    });

    it('fits into the answer of one update only', async () => {
      await intake.take(botId, bytes([joinRequest(), memberChange(), joinRequest()]));
      expect(followUps.map(({ canHandOver }) => canHandOver)).toEqual([false, false]);
    });
  });

  describe('a channel in passing', () => {
    const renamed = (date: number): Buffer =>
      bytes(memberChange({ date, chat: { ...CHANNEL, title: 'Roof Gardens', username: 'roofs_example' } }));

    it('is published when it has changed, once, beside the join that shows it', async () => {
      detected.put(`${CHANNEL.id}:${botId}`, channelDetected());
      await intake.take(botId, renamed(1_788_000_000));
      await intake.take(botId, renamed(1_788_000_005));
      expect(eventsOf('telegram.join-received.v1')).toHaveLength(2);
      expect(eventsOf('telegram.channel-detected.v1')).toEqual([
        channelDetected({
          chat: { type: 'channel', title: 'Roof Gardens', isPublic: true },
          username: 'roofs_example',
          observedAt: '2026-08-29T10:40:00.000Z',
        }),
      ]);
    });

    it('is published again when the log did not take it', async () => {
      detected.put(`${CHANNEL.id}:${botId}`, channelDetected());
      failWith = new PublishTimeout(5_000, false);
      await expect(intake.take(botId, renamed(1_788_000_000))).rejects.toBe(failWith);
      failWith = undefined;
      await intake.take(botId, renamed(1_788_000_000));
      expect(eventsOf('telegram.channel-detected.v1')).toHaveLength(1);
    });

    it('is asked about when nothing is known of it', async () => {
      await intake.take(botId, renamed(1_788_000_000));
      expect(eventsOf('telegram.channel-detected.v1')).toEqual([]);
      expect(checkedSoon).toEqual([{ chatId: String(CHANNEL.id), botId }]);
    });
  });

  it('tells a group that has moved, from either side, and looks at the new one', async () => {
    const group = { id: -4_000_111, type: 'group', title: 'Gardeners' };
    const supergroup = { ...group, id: -1_002_044_556_677, type: 'supergroup' };
    await intake.take(botId, bytes(message(undefined, { chat: group, migrate_to_chat_id: supergroup.id })));
    await intake.take(botId, bytes(message(undefined, { chat: supergroup, migrate_from_chat_id: group.id })));
    const moved = {
      botId,
      fromChatId: '-4000111',
      toChatId: '-1002044556677',
      migratedAt: '2026-08-29T10:40:00.000Z',
    };
    expect(eventsOf('telegram.chat-migrated.v1')).toEqual([moved, moved]);
    expect(checkedSoon).toEqual(expect.arrayContaining([{ chatId: '-1002044556677', botId }]) as unknown);
  });

  it('remembers when an update came last', async () => {
    expect(activity.lastUpdateAt(botId)).toBeUndefined();
    await intake.take(botId, bytes(message('hello')));
    expect(activity.lastUpdateAt(botId)).toBe(Date.UTC(2026, 7, 29, 10, 44));
  });
});
