import { Logger } from '@nestjs/common';
import { encode, type SiteConfigured, topics } from '@clickjoin/contracts';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { eventually, produce, testInfra, uniquePrefix } from '@clickjoin/testing';
import { KafkaClient } from '../client/kafka-client';
import { TopicProvisioner } from '../topics/topic-provisioner';
import { SettingsTables } from './settings-tables';
import { SettingsTablesMetrics } from './settings-tables.metrics';

const SITE = '0198c0de-0000-7000-8000-000000000001';
const OTHER = '0198c0de-0000-7000-8000-000000000002';

const site = (siteId: string, version: number, name: string): SiteConfigured => ({
  siteId,
  version,
  configuredAt: '2026-01-01T00:00:00.000Z',
  name,
  allowedOrigins: [],
});

const message = (event: SiteConfigured) => {
  const { key, value, headers } = encode(topics.site, event, { source: 'spec' });
  return { key, value, headers: { ...headers } };
};

describe('SettingsTables', () => {
  let topicPrefix: string;
  let client: KafkaClient;
  let tables: SettingsTables;
  let metrics: SettingsTablesMetrics;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  beforeEach(async () => {
    topicPrefix = uniquePrefix('tables');
    client = new KafkaClient({ clientId: 'spec', brokers: testInfra().brokers.split(','), topicPrefix });
    await new TopicProvisioner(client).ensure([topics.site, topics.channel]);
    metrics = new SettingsTablesMetrics(new MetricsRegistry());
    tables = new SettingsTables(client, [topics.site, topics.channel], {
      metrics,
      onFatal: (error) => {
        throw error;
      },
    });
  });
  afterEach(async () => {
    await tables.close();
    await client.close();
  });

  const send = (...messages: Parameters<typeof produce>[1]): Promise<void> =>
    produce(`${topicPrefix}${topics.site.name}`, messages);

  const groups = async (): Promise<string[]> =>
    (await (await client.admin()).listGroups()).groups
      .map(({ groupId }) => groupId)
      .filter((id) => id.startsWith(topicPrefix));

  it('is ready with all that was in the topic at start, empty topics too, and follows from then on', async () => {
    await send(
      message(site(SITE, 1, 'old')),
      message(site(OTHER, 1, 'other')),
      message(site(SITE, 2, 'new')),
    );
    const sites = tables.table(topics.site);
    expect(sites.isReady()).toBe(false);
    await tables.start();
    await tables.waitUntilReady(20_000);
    expect(tables.isReady()).toBe(true);
    expect(sites.get(SITE)?.name).toBe('new');
    expect(
      sites
        .all()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['new', 'other']);
    expect(tables.table(topics.channel).all()).toEqual([]);

    const changes: [string, string | undefined][] = [];
    sites.onChange((id, value) => changes.push([id, value?.name]));
    await send(message(site(SITE, 3, 'newest')));
    await eventually(() => expect(changes).toEqual([[SITE, 'newest']]));
    await send({ key: OTHER, value: null });
    await eventually(() =>
      expect(changes).toEqual([
        [SITE, 'newest'],
        [OTHER, undefined],
      ]),
    );
    expect(sites.get(OTHER)).toBeUndefined();
  });

  it('keeps the higher version, and skips what is no setting', async () => {
    await send(
      message(site(SITE, 5, 'five')),
      message(site(SITE, 4, 'four')),
      { key: SITE, value: '{"siteId":' },
      { key: SITE, value: '{"siteId":"no uuid"}' },
    );
    await tables.start();
    await tables.waitUntilReady(20_000);
    expect(tables.table(topics.site).get(SITE)?.name).toBe('five');
    const { values } = await metrics.records.get();
    expect(Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]))).toEqual({
      applied: 1,
      stale: 1,
      invalid: 2,
    });
  });

  /** Another member joins the reader's group, which makes the reader begin anew. */
  const disturb = async (): Promise<void> => {
    const before = await groups();
    const [groupId = ''] = before;
    const intruder = client.consumer({ groupId: groupId.slice(topicPrefix.length) });
    await intruder.connect();
    await intruder.subscribe({ topics: [`${topicPrefix}${topics.site.name}`] });
    await intruder.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
    await eventually(
      async () => {
        const fresh = (await groups()).filter((id) => !before.includes(id));
        expect(fresh).toHaveLength(1);
        expect(tables.isReady()).toBe(true);
      },
      { timeoutMs: 30_000 },
    );
    await intruder.disconnect();
    await (await client.admin()).deleteGroups([groupId]);
  };

  it('brings back nobody who was removed when it reads all again, and tells of nothing that is as it was', async () => {
    await send(message(site(SITE, 1, 'one')), message(site(OTHER, 1, 'other')), { key: OTHER, value: null });
    await tables.start();
    await tables.waitUntilReady(20_000);
    const sites = tables.table(topics.site);
    const held = sites.get(SITE);
    const changes: [string, string | undefined][] = [];
    sites.onChange((id, value) => changes.push([id, value?.name]));
    await disturb();
    const { values } = await metrics.records.get();
    // It did read all of it a second time.
    expect(values.find(({ labels }) => labels.outcome === 'deleted')?.value).toBe(2);
    expect(changes).toEqual([]);
    expect(sites.get(SITE)).toBe(held);
    await send(message(site(OTHER, 2, 'again')));
    await eventually(() => expect(changes).toEqual([[OTHER, 'again']]));
  });

  it('keeps what it has when the log is lost and made anew', async () => {
    await send(message(site(SITE, 1, 'one')), message(site(OTHER, 1, 'other')));
    await tables.start();
    await tables.waitUntilReady(20_000);
    const sites = tables.table(topics.site);
    const changes: [string, string | undefined][] = [];
    sites.onChange((id, value) => changes.push([id, value?.name]));
    const admin = await client.admin();
    await admin.deleteTopics({ topics: [`${topicPrefix}${topics.site.name}`] });
    await eventually(async () => expect(await client.topicExists(topics.site.name)).toBe(false));
    await new TopicProvisioner(client).ensure([topics.site]);
    await disturb();
    expect(changes).toEqual([]);
    await send(message(site(SITE, 2, 'two')));
    await eventually(() => expect(changes).toEqual([[SITE, 'two']]), { timeoutMs: 20_000 });
    expect(sites.get(OTHER)?.name).toBe('other');
  });

  it('leaves no group behind', async () => {
    await tables.start();
    await tables.waitUntilReady(20_000);
    expect(await groups()).toHaveLength(1);
    await tables.close();
    expect(await groups()).toEqual([]);
  });

  it('does not know a table that nobody asked for', () => {
    expect(() => tables.table(topics.bot)).toThrow(/SettingsModule.forTopics/);
  });
});
