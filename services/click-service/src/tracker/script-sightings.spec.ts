import { topics, type OutboundRecord, type SiteConfigured } from '@clickjoin/contracts';
import { InMemoryTable, type Publisher } from '@clickjoin/kafka';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { Logger } from '@nestjs/common';
import { FakeClock } from '@clickjoin/testing';
import { ClickMetrics } from '../metrics';
import { SiteDirectory } from '../sites/site-directory';
import { ScriptSightings } from './script-sightings';

const SITE = '5f0c2c52-0e5e-4a5e-9d0b-2f4e3c1d7a10';
const SHOP = 'https://shop.example';

function setUp(publish: (record: OutboundRecord) => Promise<void> = () => Promise.resolve()) {
  const table = new InMemoryTable<SiteConfigured>();
  table.put(SITE, {
    version: 1,
    configuredAt: '2026-01-01T00:00:00.000Z',
    siteId: SITE,
    name: 'Shop',
    allowedOrigins: [SHOP, 'https://www.shop.example'],
  });
  const published: OutboundRecord[] = [];
  const publisher = {
    publish: (record: OutboundRecord) => {
      published.push(record);
      return publish(record);
    },
  } as unknown as Publisher;
  const clock = new FakeClock();
  const registry = new MetricsRegistry('test');
  const sightings = new ScriptSightings(
    new SiteDirectory(table),
    publisher,
    new ClickMetrics(registry),
    clock,
  );
  return { sightings, published, clock, registry };
}

beforeAll(() => {
  Logger.overrideLogger(false);
});

it('tells once a minute of each origin', () => {
  const { sightings, published, clock } = setUp();
  const visits = (count: number): void => {
    for (let visit = 0; visit < count; visit++) {
      sightings.saw(SITE, SHOP);
      sightings.saw(SITE, 'https://www.shop.example');
    }
  };
  visits(100);
  expect(published.map(({ topic, key }) => [topic, key])).toEqual([
    [topics.scriptSeen.name, `${SITE}:${SHOP}`],
    [topics.scriptSeen.name, `${SITE}:https://www.shop.example`],
  ]);
  clock.advance(59_999);
  visits(1);
  expect(published).toHaveLength(2);
  clock.advance(1);
  visits(1);
  expect(published).toHaveLength(4);
});

it.each(['https://evil.example', 'null', '', 'https://shop.example:8443', 'https://shop.example/'])(
  'tells nothing of "%s", which the site does not list',
  (origin) => {
    const { sightings, published } = setUp();
    sightings.saw(SITE, origin);
    sightings.saw('00000000-0000-4000-8000-000000000000', SHOP);
    expect(published).toEqual([]);
  },
);

it('while Kafka is away tries no more often, and throws at nobody', async () => {
  const { sightings, published, registry } = setUp(() => Promise.reject(new Error('away')));
  for (let visit = 0; visit < 100; visit++) sightings.saw(SITE, SHOP);
  expect(published).toHaveLength(1);
  await Promise.resolve();
  await Promise.resolve();
  expect(await registry.scrape()).toMatch(/script_sightings_total\{result="failed",[^}]*\} 1/);
});
