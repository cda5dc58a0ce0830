import { Logger } from '@nestjs/common';
import { type BotChecked, decode, topics } from '@clickjoin/contracts';
import { InMemoryTable, PublishTimeout, type PublishableRecord } from '@clickjoin/kafka';
import { FakeClock } from '@clickjoin/testing';
import { BotReporter } from './bot-reporter';

const MINUTE = 60_000;
const well: Omit<BotChecked, 'checkedAt'> = { botId: '7409988776', updatesBy: 'webhook', problems: [] };

describe('BotReporter', () => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  let clock: FakeClock;
  let table: InMemoryTable<BotChecked>;
  let published: BotChecked[];
  let failWith: Error | undefined;
  let reporter: BotReporter;

  beforeEach(() => {
    clock = new FakeClock(Date.UTC(2026, 7, 29, 10, 44));
    table = new InMemoryTable();
    published = [];
    failWith = undefined;
    const publisher = {
      publish: ({ value }: PublishableRecord): Promise<void> => {
        if (failWith !== undefined) return Promise.reject(failWith);
        const decoded = decode(topics.botChecked, value);
        if (!decoded.ok) throw new Error(decoded.reason);
        published.push(decoded.event);
        return Promise.resolve();
      },
    };
    reporter = new BotReporter(table, publisher, clock, { botReportMs: 5 * MINUTE });
  });

  it('publishes the first look, and then one every five minutes while nothing changes', async () => {
    for (let minute = 0; minute <= 10; minute += 1) {
      await reporter.report({ ...well, pendingUpdates: minute });
      clock.advance(MINUTE);
    }
    expect(published.map(({ checkedAt }) => checkedAt.slice(11, 16))).toEqual(['10:44', '10:49', '10:54']);
  });

  it.each<{ name: string; change: Partial<BotChecked> }>([
    { name: 'a problem', change: { problems: ['webhook-errors'] } },
    { name: 'other words of Telegram', change: { message: 'Connection refused' } },
    { name: 'another way of updates', change: { updatesBy: 'long-polling' } },
    { name: 'the first update', change: { lastUpdateAt: '2026-08-29T10:43:59.000Z' } },
  ])('publishes $name at once, and once', async ({ change }) => {
    await reporter.report(well);
    await reporter.report({ ...well, ...change });
    await reporter.report({ ...well, ...change });
    expect(published).toHaveLength(2);
    expect(published[1]).toMatchObject(change);
  });

  it('goes on from what was published before a restart', async () => {
    table.put(well.botId, Object.assign({ checkedAt: '2026-08-29T10:43:00.000Z' }, well));
    await reporter.report(well);
    expect(published).toEqual([]);
  });

  it('reports again what Kafka did not take', async () => {
    failWith = new PublishTimeout(5_000, false);
    await expect(reporter.report(well)).resolves.toBeUndefined();
    failWith = undefined;
    await reporter.report(well);
    expect(published).toHaveLength(1);
  });
});
