import { Logger } from '@nestjs/common';
import { decode, type OutboundRecord, topics } from '@clickjoin/contracts';
import { PublishTimeout, type PublishableRecord } from '@clickjoin/kafka';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { FakeClock } from '@clickjoin/testing';
import { JoinMetrics } from '../metrics';
import { BOT_ID, memberChange, message } from '../translate/updates.fixture';
import { UpdateIntake } from './update-intake';

const botId = String(BOT_ID);
const bytes = (update: unknown): Buffer => Buffer.from(JSON.stringify(update));

describe('UpdateIntake', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let published: OutboundRecord[];
  let failWith: Error | undefined;
  let registry: MetricsRegistry;
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
    intake = new UpdateIntake(
      publisher,
      new FakeClock(Date.UTC(2026, 7, 29, 10, 44)),
      { publishDeadlineMs: 5_000 },
      new JoinMetrics(registry),
    );
  });

  it('puts a join into its topic, with the trace of its update', async () => {
    await intake.take(botId, bytes(memberChange()));
    expect(published).toHaveLength(1);
    expect(published[0]).toMatchObject({ topic: 'telegram.join-received.v1' });
    expect(published[0]?.headers).toMatchObject({
      ce_source: 'join-service',
      traceparent: expect.stringMatching(/^00-/) as string,
    });
    await expect(registry.scrape()).resolves.toMatch(
      /clickjoin_join_joins_total\{route="direct",matchable="false",[^}]*\} 1/,
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
    { name: 'JSON that is no update', body: Buffer.from('[]'), reason: 'update must be an object' },
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
});
