import { topics, violationOf, type ClickCaptured } from '@clickjoin/contracts';
import { Overloaded, PublishTimeout, type Publisher } from '@clickjoin/kafka';
import type { Outbox, OutboxRecord } from '@clickjoin/postgres';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { FakeClock } from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { ClickLog } from './click-log';
import { ClickSpool } from './click-spool';

const CLICK: ClickCaptured = {
  clickId: '01890000-0000-7000-8000-000000000000',
  siteId: '01890000-0000-7000-8000-000000000001',
  chatId: '-1001234567890',
  slug: 'summer',
  linkKind: 'none',
  capturedAt: '2026-01-01T00:00:00.000Z',
  ad: {},
  page: {},
  visitor: {},
};
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

type Behaviour = () => Promise<void>;
const works: Behaviour = () => Promise.resolve();
const fails: Behaviour = () => Promise.reject(new PublishTimeout(1_500, true));
const hangs: Behaviour = () => new Promise(() => undefined);

describe('ClickLog', () => {
  const clock = new FakeClock();
  let kafka: Behaviour;
  let database: Behaviour;
  let asked: string[];
  let spooled: OutboxRecord[][];
  let log: ClickLog;

  // The warnings are part of what is provoked here.
  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(() => {
    [kafka, database, asked, spooled] = [works, works, [], []];
    const publisher: Pick<Publisher, 'publish'> = {
      publish: () => {
        asked.push('kafka');
        return kafka();
      },
    };
    const outbox: Pick<Outbox, 'append'> = {
      append: (records) => {
        asked.push('spool');
        spooled.push([...records]);
        return database();
      },
    };
    const config = Object.assign(new ClickServiceConfig(), { spoolDeadlineMs: 20 });
    log = new ClickLog(
      publisher as Publisher,
      new ClickSpool(outbox as Outbox),
      config,
      new ClickMetrics(new MetricsRegistry()),
      clock,
    );
  });

  it('puts a click into the log', async () => {
    expect(violationOf(topics.clickCaptured, CLICK)).toBeUndefined();
    await expect(log.record(CLICK, TRACE)).resolves.toBe('log');
    expect(asked).toEqual(['kafka']);
  });

  it('spools what Kafka does not take, with the headers it would have had', async () => {
    kafka = () => Promise.reject(new Overloaded('full'));
    await expect(log.record(CLICK, TRACE)).resolves.toBe('spool');
    expect(spooled[0]?.[0]).toMatchObject({
      topic: 'tracking.click-captured.v1',
      headers: { ce_id: CLICK.clickId, ce_source: 'click-service', traceparent: TRACE },
    });
  });

  it('after a failure asks the spool first, and Kafka again after a while, by one click', async () => {
    kafka = fails;
    await log.record(CLICK, TRACE);
    asked.length = 0;
    await log.record(CLICK, TRACE);
    expect(asked).toEqual(['spool']);
    clock.advance(2_000);
    asked.length = 0;
    await Promise.all([log.record(CLICK, TRACE), log.record(CLICK, TRACE)]);
    expect(asked.filter((name) => name === 'kafka')).toHaveLength(1);
    kafka = works;
    clock.advance(2_000);
    await log.record(CLICK, TRACE);
    asked.length = 0;
    await log.record(CLICK, TRACE);
    expect(asked).toEqual(['kafka']);
  });

  it('with Kafka doubtful and the spool gone, tries Kafka all the same', async () => {
    kafka = fails;
    await log.record(CLICK, TRACE);
    [kafka, database] = [works, () => Promise.reject(new Error('no database'))];
    await expect(log.record(CLICK, TRACE)).resolves.toBe('log');
  });

  it.each([
    { name: 'fails', behaviour: () => Promise.reject(new Error('no database')) },
    { name: 'hangs', behaviour: hangs },
  ])('loses a click, and says so, when Kafka fails and the spool $name', async ({ behaviour }) => {
    [kafka, database] = [fails, behaviour];
    await expect(log.record(CLICK, TRACE)).resolves.toBe('lost');
  });

  it('spools together what comes together', async () => {
    kafka = fails;
    await log.record(CLICK, TRACE);
    spooled.length = 0;
    const recorded = await Promise.all(Array.from({ length: 100 }, () => log.record(CLICK, TRACE)));
    expect(new Set(recorded)).toEqual(new Set(['spool']));
    expect(spooled.map((batch) => batch.length)).toEqual([1, 99]);
  });
});
