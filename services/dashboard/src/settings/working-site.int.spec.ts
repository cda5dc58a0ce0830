import { createHash } from 'node:crypto';
import {
  encode,
  openSecret,
  secretRecords,
  topics,
  type BotChecked,
  type BotConfigured,
  type ChannelConfigured,
  type ChannelDetected,
  type OutboundRecord,
  type SiteConfigured,
  type TopicDefinition,
} from '@clickjoin/contracts';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import {
  createTestDatabase,
  eventually,
  produce,
  readAll,
  testInfra,
  uniquePrefix,
  type TestDatabase,
} from '@clickjoin/testing';
import {
  dropDatabaseOf,
  INTERNAL_TOKEN,
  newSecretKeys,
  startDashboard,
  type Answer,
  type Place,
  type TestDashboard,
} from '../../test/dashboard';
import { StandInServices } from '../../test/services';

const CHAT = '-1001000000021';
const BOT = '7000000001';
const BOT_TOKEN = `${BOT}:AAinvented-token-of-the-garden-bot_01`;
const PIXEL_TOKEN = 'invented-pixel-token-0123456789';
const NASTY = '<img src=x onerror=alert(1)> "=1+1" عنوان 🌱';

let sandbox: Sandbox;
let services: StandInServices;
let database: TestDatabase;
let place: Place;
let dashboard: TestDashboard;
let siteId: string;
let pixelId: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.telegram.addBot({ token: BOT_TOKEN, username: 'garden_watch_bot', name: 'Garden watch' });
  services = await StandInServices.start();
  database = await createTestDatabase();
  place = {
    brokers: testInfra().brokers,
    databaseUrl: database.url,
    topicPrefix: uniquePrefix('working-site'),
    telegramApiUrl: sandbox.telegramApiUrl,
    servicesUrl: services.url,
    secretKeys: newSecretKeys(),
  };
  dashboard = await startDashboard(place);
  await dashboard.signIn();
});

afterAll(async () => {
  await dashboard.stop();
  await dropDatabaseOf(place);
  await database.drop();
  services.stop();
  await sandbox.close();
});

const ok = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
  const answer = await dashboard.ask(method, path, body);
  expect(`${method} ${path} ${answer.status} ${answer.status < 300 ? '' : answer.text}`).toMatch(/ 20\d $/);
  return answer.body;
};
const faults = ({ body }: Answer): unknown => body['errors'];

async function tell(record: OutboundRecord): Promise<void> {
  const { topic, key, value, headers } = record;
  await produce(`${place.topicPrefix}${topic}`, [{ key, value, headers: { ...headers } }]);
}
const source = { source: 'test' };

/** The newest record of each key; null for a removed one. */
async function table<T extends object>(topic: TopicDefinition<T>): Promise<Map<string, T | null>> {
  const records = await readAll(`${place.topicPrefix}${topic.name}`);
  return new Map(
    records.map(({ key, value }) => [
      String(key),
      value === null ? null : (JSON.parse(value.toString('utf8')) as T),
    ]),
  );
}

const detected = (chatId: string, change: Partial<ChannelDetected> = {}): ChannelDetected => ({
  chatId,
  botId: BOT,
  chat: { type: 'supergroup', title: NASTY, isPublic: false },
  botIsAdmin: true,
  botCanInvite: true,
  observedAt: '2026-05-01T10:00:00.000Z',
  ...change,
});

const stateOf = async (check: string): Promise<unknown> => {
  const { items } = (await ok('GET', `/v1/sites/${siteId}/checklist`)) as {
    items: { check: string; state: string }[];
  };
  return items.find((item) => item.check === check)?.state;
};
const pillOf = async (pill: string): Promise<Record<string, unknown> | undefined> => {
  const { pills } = (await ok('GET', '/v1/health')) as { pills: { pill: string }[] };
  return pills.find((each) => each.pill === pill);
};

it('grows from nothing to a site whose list of checks is ticked off by facts', async () => {
  const site = await ok('POST', '/v1/sites', {
    name: NASTY,
    allowedOrigins: ['https://garden.example'],
    tracker: { keepDays: 7 },
  });
  siteId = String(site['siteId']);
  expect(site).toMatchObject({
    tracker: { isEnabled: true, keepDays: 7, needsConsent: false, respectsDoNotTrack: false },
    reviewBots: 'ignore',
    hasApiKey: false,
  });
  for (const check of ['script-seen', 'bot-admin', 'webhook', 'link-stock', 'pixel-token', 'first-join'])
    expect([check, await stateOf(check)]).toEqual([check, 'waiting']);

  await ok('POST', '/v1/bots', { token: BOT_TOKEN });
  const check: Readonly<Pick<BotChecked, keyof BotChecked>> = {
    botId: BOT,
    checkedAt: new Date().toISOString(),
    updatesBy: 'webhook',
    problems: ['webhook-errors'],
    message: 'SSL error',
  };
  await tell(encode(topics.botChecked, check, source));
  await eventually(async () => expect(await pillOf('webhook')).toMatchObject({ state: 'problem' }));
  expect(await pillOf('webhook')).toMatchObject({ explanation: expect.stringContaining('SSL error') });
  await tell(
    encode(
      topics.botChecked,
      { ...check, checkedAt: new Date(Date.now() + 1).toISOString(), problems: [] },
      source,
    ),
  );
  await eventually(async () => expect(await stateOf('webhook')).toBe('ok'));

  await tell(encode(topics.channelDetected, detected(CHAT, { botCanInvite: false }), source));
  await eventually(async () => expect((await dashboard.ask('GET', `/v1/channels/${CHAT}`)).status).toBe(200));
  const channel = await ok('PUT', `/v1/channels/${CHAT}`, {
    siteId,
    slug: 'garden',
    eventType: 'Subscribe',
    linkMode: 'join-request-link',
    joinRequests: 'approve-tracked',
    attribution: { windowMs: 86_400_000 },
  });
  expect(channel).toMatchObject({
    title: NASTY,
    clickUrl: 'https://go.example/c/garden',
    linkMode: 'join-request-link',
    joinRequests: 'approve-tracked',
    attribution: { windowMs: 86_400_000, toleranceMs: null, graceMs: null },
    linkShare: { joins: 0, withOwnLink: 0, share: null },
  });
  expect(await stateOf('bot-admin')).toBe('problem');
  await tell(
    encode(topics.channelDetected, detected(CHAT, { observedAt: '2026-05-02T10:00:00.000Z' }), source),
  );
  await eventually(async () => expect(await stateOf('bot-admin')).toBe('ok'));
  const published = await eventually(async () => {
    const event = (await table<ChannelConfigured>(topics.channel)).get(CHAT);
    expect(event).toBeDefined();
    return event;
  });
  expect(published).toMatchObject({
    linkMode: 'join-request-link',
    joinRequests: 'approve-tracked',
    attribution: { windowMs: 86_400_000 },
  });

  expect(await stateOf('link-stock')).toBe('unknown');
  const stock = { chatId: CHAT, free: 40, lowMark: 20, highMark: 60, hasFallback: true, state: 'stocked' };
  services.tell('GET /v1/stock', { channels: [stock] });
  expect(await stateOf('link-stock')).toBe('ok');
  expect(services.asked.at(-1)?.authorization).toBe(`Bearer ${INTERNAL_TOKEN}`);
  services.tell('GET /v1/stock', {
    channels: [
      {
        ...stock,
        free: 0,
        state: 'failing',
        failure: { reason: 'no rights', failures: 2, failedAt: check.checkedAt, retryAt: check.checkedAt },
      },
    ],
  });
  expect(await pillOf('stock')).toMatchObject({
    state: 'problem',
    explanation: expect.stringContaining('no rights'),
  });

  await tell(
    encode(
      topics.scriptSeen,
      { siteId, origin: 'https://garden.example', seenAt: '2026-05-01T10:00:00.000Z' },
      source,
    ),
  );
  await eventually(async () => expect(await stateOf('script-seen')).toBe('ok'));
  expect(await ok('GET', `/v1/sites/${siteId}/snippet`)).toMatchObject({
    html: `<script async src="https://go.example/t.js" data-site="${siteId}"></script>`,
    isPublicUrlKnown: true,
    links: [{ chatId: CHAT, url: 'https://go.example/c/garden' }],
    origins: [{ origin: 'https://garden.example', isAllowed: true, lastSeenAt: '2026-05-01T10:00:00.000Z' }],
  });
  // No other service runs here, and this one keeps up.
  expect(await pillOf('lag')).toMatchObject({
    state: 'problem',
    details: expect.arrayContaining([
      expect.objectContaining({ id: 'attribution-service', state: 'problem' }),
      expect.objectContaining({ id: 'dashboard', state: 'ok' }),
    ]),
  });
});

it('has its pixel tested by the dispatcher, and says what it says', async () => {
  const pixel = await ok('POST', `/v1/sites/${siteId}/pixels`, {
    name: 'Main',
    pixelCode: 'C4A1B2C3D4E5F6G7H8I9',
    accessToken: PIXEL_TOKEN,
  });
  pixelId = String(pixel['pixelId']);
  const untested = await dashboard.ask('POST', `/v1/pixels/${pixelId}/test`, {});
  expect([untested.status, faults(untested)]).toEqual([
    422,
    [{ field: 'testEventCode', message: expect.stringContaining('is required') }],
  ]);
  services.tell(`POST /v1/pixels/${pixelId}/test`, {
    sentAt: '2026-05-01T10:00:00.000Z',
    request: { url: 'https://tiktok.example', headers: { 'Access-Token': '…' }, body: '{}' },
    httpStatus: 200,
    rawAnswer: '{"code":0}',
    code: 0,
    verdict: 'accepted',
    explanation: 'TikTok took it.',
    isResumed: false,
  });
  expect(await ok('POST', `/v1/pixels/${pixelId}/test`, { testEventCode: 'TEST1' })).toMatchObject({
    verdict: 'accepted',
    rawAnswer: '{"code":0}',
    message: null,
  });
  expect(await stateOf('pixel-token')).toBe('ok');
  const refused = { pixelId, siteId, state: 'paused', reason: 'refused', code: 40_105 } as const;
  await tell(
    encode(
      topics.pixelStateChanged,
      { ...refused, changedAt: '2026-05-01T10:00:00.000Z', explanation: 'The token was revoked.' },
      source,
    ),
  );
  await eventually(async () => expect(await stateOf('pixel-token')).toBe('problem'));
  services.tell(`GET /v1/pixels/${pixelId}`, {
    state: 'paused',
    waiting: 3,
    oldestWaitingAt: '2026-05-01T09:00:00.000Z',
  });
  expect(await ok('GET', `/v1/pixels/${pixelId}`)).toMatchObject({
    isDispatcherReachable: true,
    waiting: 3,
    delivery: { state: 'paused', reason: 'refused', explanation: 'The token was revoked.' },
  });
  services.tell(`POST /v1/pixels/${pixelId}/resume`, {});
  await ok('POST', `/v1/pixels/${pixelId}/resume`);
});

it('previews events, replays deliveries and erases persons through the services that can', async () => {
  services.tell('POST /v1/event-previews', { eventName: 'Subscribe', body: '{"event":"Subscribe"}' });
  const preview = { channel: { eventType: 'Subscribe', title: NASTY }, wireFormat: '1.0' };
  expect(await ok('POST', '/v1/event-previews', preview)).toEqual({
    eventName: 'Subscribe',
    body: { event: 'Subscribe' },
  });
  const nameless = await dashboard.ask('POST', '/v1/event-previews', {
    ...preview,
    channel: { eventType: 'Custom', title: 'x' },
  });
  expect(faults(nameless)).toEqual([
    { field: 'channel.customEventName', message: 'is required for the event type Custom' },
  ]);

  services.tell('POST /v1/replays', {
    matched: 2,
    replayable: 1,
    refusedCount: 1,
    refused: [{ deliveryId: siteId, reason: 'dedup-window-over', explanation: 'Too late.' }],
  });
  const filter = { siteId, states: ['rejected'] };
  expect(await ok('POST', '/v1/replays', { filter, dryRun: true })).toEqual({
    dryRun: true,
    matched: 2,
    replayed: 1,
    refusedCount: 1,
    refused: [
      { deliveryId: siteId, conversionId: null, reason: 'dedup-window-over', explanation: 'Too late.' },
    ],
  });
  const both = await dashboard.ask('POST', '/v1/replays', { filter, deliveryIds: [siteId], dryRun: true });
  expect([both.status, faults(both)]).toEqual([422, [expect.objectContaining({ field: 'filter' })]]);

  services.tell('POST /v1/erasures', { joinIds: ['a', 'b'], erasedAt: '2026-05-01T10:00:00.000Z' });
  expect(await ok('POST', '/v1/erasures', { telegramUserId: '8000000077' })).toEqual({
    joins: 2,
    erasedAt: '2026-05-01T10:00:00.000Z',
  });
});

it('hands the site key out once, and its hash to the services', async () => {
  const { apiKey } = (await ok('POST', `/v1/sites/${siteId}/api-key`)) as { apiKey: string };
  const hash = createHash('sha256').update(apiKey, 'utf8').digest('hex');
  await eventually(async () =>
    expect((await table<SiteConfigured>(topics.site)).get(siteId)).toMatchObject({ apiKeyHash: hash }),
  );
  expect(await ok('GET', `/v1/sites/${siteId}`)).toMatchObject({ hasApiKey: true });
  expect((await dashboard.ask('GET', `/v1/sites/${siteId}`)).text).not.toContain(hash);
  await ok('DELETE', `/v1/sites/${siteId}/api-key`);
  expect(await ok('GET', `/v1/sites/${siteId}`)).toMatchObject({ hasApiKey: false });
});

it('rotates the webhook secret so that the one before is still taken', async () => {
  const secrets = async () => {
    const event = (await table<BotConfigured>(topics.bot)).get(BOT);
    if (event == null) throw new Error('no bot');
    const { webhookSecret, previousWebhookSecret: before, version } = event;
    const open = (record: string, sealed: typeof webhookSecret) =>
      openSecret(dashboard.keyring, record, sealed);
    return {
      version,
      now: open(secretRecords.botWebhookSecret(BOT), webhookSecret),
      before: before && open(secretRecords.botPreviousWebhookSecret(BOT), before),
    };
  };
  const first = await secrets();
  await ok('POST', `/v1/bots/${BOT}/rotate-webhook-secret`);
  await eventually(async () => {
    const second = await secrets();
    expect(second).toMatchObject({ version: first.version + 1, before: first.now });
    expect(second.now).not.toBe(first.now);
  });
  expect(await ok('PATCH', `/v1/bots/${BOT}`, { updatesBy: 'long-polling' })).toMatchObject({
    updatesBy: 'long-polling',
  });
  expect(await ok('PATCH', `/v1/bots/${BOT}`, { updatesBy: null })).toMatchObject({ updatesBy: null });
});

it.each([
  { what: 'a window beyond TikTok’s', body: { attribution: { windowMs: 1 } }, field: 'attribution.windowMs' },
  {
    what: 'a time that is no whole number',
    body: { attribution: { graceMs: 1.5 } },
    field: 'attribution.graceMs',
  },
  { what: 'an unknown way in', body: { linkMode: 'carrier-pigeon' }, field: 'linkMode' },
  { what: 'an unknown policy', body: { joinRequests: 'perhaps' }, field: 'joinRequests' },
])('refuses $what, naming the field by its path', async ({ body, field }) => {
  const setup = { siteId, slug: 'garden', eventType: 'Subscribe', ...body };
  const answer = await dashboard.ask('PUT', `/v1/channels/${CHAT}`, setup);
  expect([answer.status, (faults(answer) as { field: string }[])[0]?.field]).toEqual([400, field]);
});

it('moves with a group that became a supergroup', async () => {
  const [group, supergroup] = ['-4000000021', '-1001000000022'];
  await tell(
    encode(
      topics.channelDetected,
      detected(group, { chat: { type: 'group', title: 'Pond', isPublic: false } }),
      source,
    ),
  );
  await eventually(async () =>
    expect((await dashboard.ask('GET', `/v1/channels/${group}`)).status).toBe(200),
  );
  await ok('PUT', `/v1/channels/${group}`, { siteId, slug: 'pond', eventType: 'Lead', value: 3 });
  await tell(
    encode(
      topics.chatMigrated,
      { botId: BOT, fromChatId: group, toChatId: supergroup, migratedAt: '2026-05-03T10:00:00.000Z' },
      source,
    ),
  );
  await eventually(async () => {
    const channels = await table<ChannelConfigured>(topics.channel);
    expect(channels.get(group)).toBeNull();
    expect(channels.get(supergroup)).toMatchObject({ slug: 'pond', eventType: 'Lead', value: 3, version: 2 });
  });
  const { items } = (await ok('GET', '/v1/channels')) as { items: { chatId: string }[] };
  expect(items.map(({ chatId }) => chatId).sort()).toEqual([CHAT, supergroup].sort());
});

it('hides a group whose move was heard of before the group itself', async () => {
  const [group, supergroup] = ['-4000000031', '-1001000000032'];
  await tell(
    encode(
      topics.chatMigrated,
      { botId: BOT, fromChatId: group, toChatId: supergroup, migratedAt: '2026-05-03T10:00:00.000Z' },
      source,
    ),
  );
  const titleOf = async (chatId: string): Promise<unknown> =>
    (await dashboard.ask('GET', `/v1/channels/${chatId}`)).body['title'];
  await eventually(async () => expect(await titleOf(group)).toBe(group));
  const chat = { type: 'group', title: 'Brook', isPublic: false } as const;
  await tell(encode(topics.channelDetected, detected(group, { chat }), source));
  await eventually(async () => expect(await titleOf(group)).toBe('Brook'));
  const { items } = (await ok('GET', '/v1/channels')) as { items: { chatId: string }[] };
  expect(items.map(({ chatId }) => chatId)).not.toContain(group);
  const setup = { siteId, slug: 'brook', eventType: 'Lead' };
  const answer = await dashboard.ask('PUT', `/v1/channels/${group}`, setup);
  expect([answer.status, faults(answer)]).toEqual([
    422,
    [{ field: 'chatId', message: `is a group that lives on as ${supergroup}` }],
  ]);
});

it('is read back from the topics when the database is lost', async () => {
  const lost: Place = { ...place, databaseUrl: (await createTestDatabase()).url };
  const again = await startDashboard(lost);
  try {
    await again.signIn();
    for (const path of [
      `/v1/sites/${siteId}`,
      `/v1/pixels/${pixelId}`,
      `/v1/channels/${CHAT}`,
      `/v1/bots/${BOT}`,
    ]) {
      const before = await ok('GET', path);
      // What comes from elsewhere comes by itself; the share is of the last 30 days as of now.
      for (const other of ['bots', 'delivery', 'check', 'linkShare']) Reflect.deleteProperty(before, other);
      expect((await again.ask('GET', path)).body).toMatchObject(before);
    }
    const changed = await again.ask('PATCH', `/v1/sites/${siteId}`, { name: 'Garden' });
    const { version } = await ok('GET', `/v1/sites/${siteId}`);
    expect(changed.body).toMatchObject({ version: Number(version) + 1 });
  } finally {
    await again.stop();
    await dropDatabaseOf(lost);
  }
});

it('is taken apart in the order that breaks nothing, and leaves nothing in the topics', async () => {
  for (const path of [`/v1/sites/${siteId}`, `/v1/bots/${BOT}`])
    expect((await dashboard.ask('DELETE', path)).status).toBe(409);
  const { items } = (await ok('GET', '/v1/channels')) as { items: { chatId: string }[] };
  for (const { chatId } of items) await ok('DELETE', `/v1/channels/${chatId}`);
  expect(await ok('GET', `/v1/channels/${CHAT}`)).toMatchObject({
    status: 'detected',
    siteId: null,
    slug: null,
  });
  await ok('DELETE', `/v1/pixels/${pixelId}`);
  await ok('DELETE', `/v1/bots/${BOT}`);
  await ok('DELETE', `/v1/sites/${siteId}`);
  await eventually(async () => {
    for (const topic of [topics.site, topics.pixel, topics.bot, topics.channel] as TopicDefinition[])
      expect([...(await table(topic)).values()].filter((value) => value !== null)).toEqual([]);
  });
  for (const path of [`/v1/sites/${siteId}`, `/v1/pixels/${pixelId}`, `/v1/bots/${BOT}`])
    expect((await dashboard.ask('DELETE', path)).status).toBe(404);
});

// Last: it looks at all that was done above.
it('has a list of all changes, with who made them and without secrets', async () => {
  interface Entry {
    readonly action: string;
    readonly subject: { kind: string };
    readonly changes: readonly { field: string; before: string | null; after: string | null }[];
  }
  const entries: Entry[] = [];
  let cursor = '';
  do {
    const page = await ok('GET', `/v1/audit?limit=7${cursor}`);
    entries.push(...(page['items'] as Entry[]));
    cursor = typeof page['nextCursor'] === 'string' ? `&cursor=${page['nextCursor']}` : '';
  } while (cursor !== '');
  const done = entries.map(({ action, subject }) => `${subject.kind} ${action}`);
  for (const expected of [
    'site created',
    'site key-made',
    'site key-removed',
    'site removed',
    'bot created',
    'bot secret-rotated',
    'channel created',
    'channel moved',
    'channel removed',
    'pixel created',
    'pixel tested',
    'pixel resumed',
    'person erased',
  ])
    expect(done).toContain(expected);
  expect(done).not.toContain('delivery replayed');
  const rotated = entries.find(({ action }) => action === 'secret-rotated');
  expect(rotated?.changes).toEqual([
    { field: 'webhookSecret', before: '•••', after: '•••' },
    { field: 'previousWebhookSecret', before: null, after: '•••' },
  ]);
  const said = JSON.stringify(entries) + dashboard.logLines.join('');
  for (const secret of [BOT_TOKEN, PIXEL_TOKEN, 'ciphertext', 'cjs_', '8000000077'])
    expect(said).not.toContain(secret);
});
