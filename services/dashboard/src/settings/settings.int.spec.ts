import {
  openSecret,
  secretRecords,
  topics,
  violationOf,
  encode,
  type BotConfigured,
  type ChannelConfigured,
  type ChannelDetected,
  type PixelConfigured,
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
import { DataSource } from 'typeorm';
import {
  dropDatabaseOf,
  startDashboard,
  type Answer,
  type Place,
  type TestDashboard,
} from '../../test/dashboard';

const BOT_TOKEN = '7000000001:AAinvented-token-of-no-bot-at-all_00';
const PIXEL_TOKEN = 'invented-access-token-0123456789';
const NOWHERE = '0198f3a0-0000-7000-8000-000000000001';

let database: TestDatabase;
let sandbox: Sandbox;
let place: Place;
let dashboard: TestDashboard;

/** All events of a settings topic, each checked against its contract; removals are none. */
async function published<T extends object>(topic: TopicDefinition<T>): Promise<T[]> {
  const records = await readAll(`${place.topicPrefix}${topic.name}`);
  const events = records.filter(({ value }) => value !== null);
  return events.map(({ value, key }) => {
    const event = JSON.parse(String(value)) as T;
    expect(violationOf(topic, event)).toBeUndefined();
    expect(String(key)).toBe(topic.keyOf(event));
    return event;
  });
}

let detections = 0;

/** What was told has been worked off, whether or not it changed anything. */
async function allConsumed(): Promise<void> {
  await eventually(async () => {
    const [row] = await dashboard.sql<{ n: number }>(
      'SELECT sum(next_offset)::int AS n FROM consumer_offset WHERE topic = $1',
      [topics.channelDetected.name],
    );
    expect(row?.n).toBe(detections);
  });
}

async function detect(...seen: ChannelDetected[]): Promise<void> {
  detections += seen.length;
  const records = seen.map((event) => encode(topics.channelDetected, event, { source: 'test' }));
  await produce(
    `${place.topicPrefix}${topics.channelDetected.name}`,
    records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
  );
}

const channel = (chatId: string, change: Partial<ChannelDetected> = {}): ChannelDetected => ({
  chatId,
  botId: '7000000001',
  chat: { type: 'channel', title: 'Garden club', isPublic: false },
  botIsAdmin: true,
  botCanInvite: true,
  observedAt: '2026-05-02T10:00:00Z',
  ...change,
});

async function newSite(name = 'Landing'): Promise<string> {
  const { status, body } = await dashboard.ask('POST', '/v1/sites', { name });
  expect(status).toBe(201);
  return String(body['siteId']);
}

async function seenChannel(chatId: string): Promise<Record<string, unknown>> {
  const { body } = await dashboard.ask('GET', '/v1/channels');
  const found = (body['items'] as Record<string, unknown>[]).find((item) => item['chatId'] === chatId);
  if (found === undefined) throw new Error(`channel ${chatId} is not listed`);
  return found;
}

const faultyFields = ({ body }: Answer): string[] =>
  ((body['errors'] ?? []) as { field: string }[]).map(({ field }) => field);

beforeAll(async () => {
  database = await createTestDatabase();
  sandbox = await startSandbox();
  sandbox.telegram.addBot({ token: BOT_TOKEN, username: 'garden_watch_bot', name: 'Garden Watch' });
  place = {
    brokers: testInfra().brokers,
    databaseUrl: database.url,
    topicPrefix: uniquePrefix('settings'),
    telegramApiUrl: sandbox.telegramApiUrl,
  };
  dashboard = await startDashboard(place);
  await dashboard.signIn();
});

afterAll(async () => {
  await dashboard.stop();
  await sandbox.close();
  await dropDatabaseOf(place);
  await database.drop();
});

describe('sites', () => {
  it('are published whole with each change, in versions that count up', async () => {
    const created = await dashboard.ask('POST', '/v1/sites', {
      name: '  Spring campaign ',
      allowedOrigins: ['https://spring.example'],
    });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ name: 'Spring campaign', version: 1 });
    const siteId = String(created.body['siteId']);
    const changed = await dashboard.ask('PATCH', `/v1/sites/${siteId}`, { name: 'Summer campaign' });
    expect(changed.status).toBe(200);

    await eventually(async () => {
      const events = (await published<SiteConfigured>(topics.site)).filter(
        (event) => event.siteId === siteId,
      );
      expect(events).toEqual([
        expect.objectContaining({
          version: 1,
          name: 'Spring campaign',
          allowedOrigins: ['https://spring.example'],
        }),
        expect.objectContaining({
          version: 2,
          name: 'Summer campaign',
          allowedOrigins: ['https://spring.example'],
        }),
      ]);
    });
    expect((await dashboard.ask('GET', `/v1/sites/${siteId}`)).body).toMatchObject({ version: 2 });
  });

  it('changed by many at once end with the last version, each published once and in order', async () => {
    const siteId = await newSite();
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        dashboard.ask('PATCH', `/v1/sites/${siteId}`, { name: `Name ${n}` }),
      ),
    );
    const { body } = await dashboard.ask('GET', `/v1/sites/${siteId}`);
    await eventually(async () => {
      const events = (await published<SiteConfigured>(topics.site)).filter(
        (event) => event.siteId === siteId,
      );
      expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 13 }, (_, n) => n + 1));
      expect(events.at(-1)?.name).toBe(body['name']);
    });
  });

  it.each([
    { name: 'no name', body: {}, fields: ['name'] },
    { name: 'a name of spaces', body: { name: '   ' }, fields: ['name'] },
    { name: 'a name with U+0000', body: { name: 'a\u0000b' }, fields: ['name'] },
    {
      name: 'an origin with a path',
      body: { name: 'a', allowedOrigins: ['https://a.example/x'] },
      fields: ['allowedOrigins'],
    },
    {
      name: 'origins that are no list',
      body: { name: 'a', allowedOrigins: 'https://a.example' },
      fields: ['allowedOrigins'],
    },
    { name: 'a field that nobody knows', body: { name: 'a', colour: 'red' }, fields: ['colour'] },
  ])('refuses $name, naming the field', async ({ body, fields }) => {
    const answer = await dashboard.ask('POST', '/v1/sites', body);
    expect(answer.status).toBe(400);
    expect([...new Set(faultyFields(answer))]).toEqual(fields);
  });

  it('that do not exist are 404, ids that are none are named, and broken JSON is 400', async () => {
    expect((await dashboard.ask('GET', `/v1/sites/${NOWHERE}`)).status).toBe(404);
    expect((await dashboard.ask('PATCH', `/v1/sites/${NOWHERE}`, { name: 'x' })).status).toBe(404);
    expect(faultyFields(await dashboard.ask('GET', '/v1/sites/7'))).toEqual(['siteId']);
    expect((await dashboard.ask('POST', '/v1/sites', '{"name":')).status).toBe(400);
  });

  it('are removed only when nothing hangs on them, and then leave a tombstone and an entry in the audit', async () => {
    const siteId = await newSite('Short-lived');
    const { body: pixel } = await dashboard.ask('POST', `/v1/sites/${siteId}/pixels`, {
      name: 'Main',
      pixelCode: 'C0SHORTLIVED00000000',
      accessToken: PIXEL_TOKEN,
    });
    await detect(channel('-1009000000001'));
    await allConsumed();
    const setup = { siteId, slug: 'short-lived', eventType: 'Lead' };
    expect((await dashboard.ask('PUT', '/v1/channels/-1009000000001', setup)).status).toBe(200);

    const refusal = async (): Promise<unknown> => {
      const { status, body } = await dashboard.ask('DELETE', `/v1/sites/${siteId}`);
      return [status, body['title'], body['detail']];
    };
    const stillHas = (what: string): unknown => [
      409,
      'Still in use',
      `The site still has ${what}: remove these first.`,
    ];
    expect(await refusal()).toEqual(stillHas('1 channel and 1 pixel'));
    await dashboard.ask('DELETE', `/v1/pixels/${String(pixel['pixelId'])}`);
    expect(await refusal()).toEqual(stillHas('1 channel and 0 pixels'));
    await dashboard.ask('DELETE', '/v1/channels/-1009000000001');
    expect((await dashboard.ask('DELETE', `/v1/sites/${siteId}`)).status).toBe(204);

    expect((await dashboard.ask('DELETE', `/v1/sites/${siteId}`)).status).toBe(404);
    await eventually(async () => {
      const records = await readAll(`${place.topicPrefix}${topics.site.name}`);
      const values = records.filter(({ key }) => String(key) === siteId).map(({ value }) => value);
      expect(values).toEqual([expect.any(Buffer), null]);
    });
    const { body: audit } = await dashboard.ask('GET', '/v1/audit?limit=1');
    expect(audit['items']).toEqual([
      expect.objectContaining({
        action: 'removed',
        subject: { kind: 'site', id: siteId, name: 'Short-lived' },
      }),
    ]);
  });

  it.each([
    {
      what: 'a pixel',
      add: (siteId: string) =>
        dashboard.ask('POST', `/v1/sites/${siteId}/pixels`, {
          name: 'Main',
          pixelCode: 'C0LATE00000000000000',
          accessToken: PIXEL_TOKEN,
        }),
      status: 404,
    },
    {
      what: 'a channel',
      add: (siteId: string) =>
        dashboard.ask('PUT', '/v1/channels/-1009000000002', { siteId, slug: 'late', eventType: 'Lead' }),
      status: 422,
    },
  ])('removed in the moment in which $what is added to them are as if they never were', async (each) => {
    const siteId = await newSite();
    await detect(channel('-1009000000002'));
    await allConsumed();
    const elsewhere = dashboard.service.app.get(DataSource).createQueryRunner();
    try {
      await elsewhere.startTransaction();
      await elsewhere.query('DELETE FROM site WHERE site_id = $1', [siteId]);
      const answer = each.add(siteId);
      await eventually(async () => {
        const waiting = await dashboard.sql(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(waiting).not.toEqual([]);
      });
      await elsewhere.commitTransaction();
      expect((await answer).status).toBe(each.status);
    } finally {
      if (elsewhere.isTransactionActive) await elsewhere.rollbackTransaction();
      await elsewhere.release();
    }
  });
});

describe('pixels', () => {
  const pixel = { name: 'Main', pixelCode: 'C4A1B2C3D4E5F6G7H8I9', accessToken: PIXEL_TOKEN };

  it('hand their token to the dispatcher, sealed, and to nobody else', async () => {
    const siteId = await newSite();
    const created = await dashboard.ask('POST', `/v1/sites/${siteId}/pixels`, {
      ...pixel,
      testEventCode: 'TEST1',
    });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      siteId,
      wireFormat: '1.0',
      testEventCode: 'TEST1',
      isPaused: false,
    });
    const pixelId = String(created.body['pixelId']);
    const changed = await dashboard.ask('PATCH', `/v1/pixels/${pixelId}`, {
      wireFormat: '2.0',
      testEventCode: null,
      isPaused: true,
    });
    expect(changed.body).toMatchObject({
      wireFormat: '2.0',
      testEventCode: null,
      isPaused: true,
      version: 2,
    });
    await dashboard.ask('PATCH', `/v1/pixels/${pixelId}`, { accessToken: ` ${PIXEL_TOKEN}-new\n` });

    const events = await eventually(async () => {
      const all = (await published<PixelConfigured>(topics.pixel)).filter(
        (event) => event.pixelId === pixelId,
      );
      expect(all.map(({ version }) => version)).toEqual([1, 2, 3]);
      return all;
    });
    const record = secretRecords.pixelAccessToken(pixelId);
    expect(events.map(({ accessToken }) => openSecret(dashboard.keyring, record, accessToken))).toEqual([
      PIXEL_TOKEN,
      PIXEL_TOKEN,
      `${PIXEL_TOKEN}-new`,
    ]);
    expect(events[1]).not.toHaveProperty('testEventCode');
    const listed = await dashboard.ask('GET', `/v1/sites/${siteId}/pixels`);
    expect(listed.body['items']).toEqual([expect.objectContaining({ pixelId, version: 3 })]);
  });

  it('of one code are refused on one site, and allowed on another', async () => {
    const [one, other] = [await newSite(), await newSite()];
    expect((await dashboard.ask('POST', `/v1/sites/${one}/pixels`, pixel)).status).toBe(201);
    const again = await dashboard.ask('POST', `/v1/sites/${one}/pixels`, pixel);
    expect(again.status).toBe(409);
    expect(faultyFields(again)).toEqual(['pixelCode']);
    expect((await dashboard.ask('POST', `/v1/sites/${other}/pixels`, pixel)).status).toBe(201);
    expect((await dashboard.ask('POST', `/v1/sites/${NOWHERE}/pixels`, pixel)).status).toBe(404);
  });

  it.each([
    { field: 'pixelCode', value: 'no code' },
    { field: 'accessToken', value: 'has spaces in it' },
    { field: 'wireFormat', value: '3.0' },
    { field: 'name', value: null },
  ])('refuse a wrong $field', async ({ field, value }) => {
    const answer = await dashboard.ask('POST', `/v1/sites/${NOWHERE}/pixels`, { ...pixel, [field]: value });
    expect(answer.status).toBe(400);
    expect([...new Set(faultyFields(answer))]).toEqual([field]);
  });
});

describe('bots', () => {
  it('are looked up at Telegram, and published with token and webhook secret sealed', async () => {
    const added = await dashboard.ask('POST', '/v1/bots', { token: `${BOT_TOKEN}\n` });
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ botId: '7000000001', username: 'garden_watch_bot', version: 1 });
    const again = await dashboard.ask('POST', '/v1/bots', { token: BOT_TOKEN });
    expect(again.body).toMatchObject({ botId: '7000000001', version: 2 });

    const [first, second] = await eventually(async () => {
      const events = await published<BotConfigured>(topics.bot);
      expect(events.map(({ version }) => version)).toEqual([1, 2]);
      return events;
    });
    const open = (event: BotConfigured | undefined) =>
      event && {
        token: openSecret(dashboard.keyring, secretRecords.botToken('7000000001'), event.token),
        secret: openSecret(
          dashboard.keyring,
          secretRecords.botWebhookSecret('7000000001'),
          event.webhookSecret,
        ),
      };
    expect(open(first)).toEqual({ token: BOT_TOKEN, secret: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
    // Telegram goes on sending the old one: a new secret here would turn all its updates away.
    expect(open(second)).toEqual(open(first));
    expect((await dashboard.ask('GET', '/v1/bots')).body['items']).toHaveLength(1);
  });

  it('with a token that Telegram refuses are 422, naming the field', async () => {
    const answer = await dashboard.ask('POST', '/v1/bots', {
      token: '7000000001:AAinvented-token-that-was-revoked_0',
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      errors: [{ field: 'token', message: 'is refused by Telegram: Unauthorized' }],
    });
  });

  it('with what is no token at all are refused without asking Telegram', async () => {
    const answer = await dashboard.ask('POST', '/v1/bots', { token: '../../etc' });
    expect([answer.status, ...new Set(faultyFields(answer))]).toEqual([400, 'token']);
  });

  it('while Telegram is out of reach are 503, with a time to try again', async () => {
    const gone = await startSandbox();
    const { telegramApiUrl } = gone;
    await gone.close();
    const away = await startDashboard({ ...place, telegramApiUrl, topicPrefix: place.topicPrefix });
    try {
      await away.signIn();
      const answer = await away.ask('POST', '/v1/bots', { token: BOT_TOKEN });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.text + away.logLines.join('')).not.toContain(BOT_TOKEN);
    } finally {
      await away.stop();
    }
  });
});

describe('channels', () => {
  const setup = (siteId: string, slug: string) => ({ siteId, slug, eventType: 'CompleteRegistration' });

  it('appear by themselves, with the default event type, and are set up by hand', async () => {
    const chatId = '-1001000000001';
    await detect(channel(chatId));
    const detected = await eventually(() => seenChannel(chatId));
    expect(detected).toMatchObject({
      status: 'detected',
      title: 'Garden club',
      eventType: 'CompleteRegistration',
      tiktokEventName: 'CompleteRegistration',
      currency: 'USD',
      version: 0,
      bots: [{ botId: '7000000001', isAdmin: true, canInvite: true }],
    });

    const siteId = await newSite();
    const configured = await dashboard.ask('PUT', `/v1/channels/${chatId}`, {
      siteId,
      slug: 'garden',
      eventType: 'Custom',
      customEventName: 'GardenJoin',
      value: 2.5,
      currency: 'EUR',
      contentName: 'Garden',
    });
    expect(configured.status).toBe(200);
    expect(configured.body).toMatchObject({
      status: 'configured',
      slug: 'garden',
      tiktokEventName: 'GardenJoin',
      version: 1,
    });
    const back = await dashboard.ask('PUT', `/v1/channels/${chatId}`, setup(siteId, 'garden'));
    expect(back.body).toMatchObject({ customEventName: null, value: null, currency: 'USD', version: 2 });

    await eventually(async () => {
      const events = (await published<ChannelConfigured>(topics.channel)).filter(
        (event) => event.chatId === chatId,
      );
      expect(events).toEqual([
        {
          chatId,
          siteId,
          botId: '7000000001',
          slug: 'garden',
          chat: { type: 'channel', title: 'Garden club', isPublic: false },
          eventType: 'Custom',
          customEventName: 'GardenJoin',
          value: 2.5,
          currency: 'EUR',
          contentName: 'Garden',
          version: 1,
          configuredAt: expect.any(String),
        },
        {
          chatId,
          siteId,
          botId: '7000000001',
          slug: 'garden',
          chat: { type: 'channel', title: 'Garden club', isPublic: false },
          eventType: 'CompleteRegistration',
          currency: 'USD',
          version: 2,
          configuredAt: expect.any(String),
        },
      ]);
    });
  });

  it('are published anew when their title, name or working bot changes, and not for old news', async () => {
    const chatId = '-1001000000002';
    const events = async (): Promise<unknown[]> =>
      (await published<ChannelConfigured>(topics.channel))
        .filter((event) => event.chatId === chatId)
        .map(({ version, chat, username, botId }) => [version, chat.title, username, botId]);
    await detect(channel(chatId));
    await eventually(() => seenChannel(chatId));
    await dashboard.ask('PUT', `/v1/channels/${chatId}`, setup(await newSite(), 'renamed'));
    const expected: unknown[] = [[1, 'Garden club', undefined, '7000000001']];

    // One after the other: what comes together is published once. `publishes`: undefined for nothing new.
    const pond = { type: 'channel', title: 'Garden & pond', isPublic: true } as const;
    const old = { type: 'channel', title: 'Older title', isPublic: false } as const;
    for (const { day, seen, publishes } of [
      { day: 0, seen: { chat: old }, publishes: undefined },
      { day: 2, seen: {}, publishes: undefined },
      { day: 3, seen: { chat: { ...pond, isPublic: false } }, publishes: [undefined, '7000000001'] },
      { day: 4, seen: { chat: pond, username: 'pond' }, publishes: ['pond', '7000000001'] },
      // Another bot comes: nothing changes. Then the first one goes: the other takes over.
      { day: 5, seen: { chat: pond, username: 'pond', botId: '7000000002' }, publishes: undefined },
      {
        day: 6,
        seen: { chat: pond, username: 'pond', botIsAdmin: false, botCanInvite: false },
        publishes: ['pond', '7000000002'],
      },
    ]) {
      await detect(channel(chatId, { ...seen, observedAt: `2026-05-0${day + 1}T10:00:00Z` }));
      await allConsumed();
      if (publishes !== undefined) expected.push([expected.length + 1, 'Garden & pond', ...publishes]);
      await eventually(async () => expect(await events()).toEqual(expected));
    }
    expect(await seenChannel(chatId)).toMatchObject({
      title: 'Garden & pond',
      version: 4,
      botId: '7000000002',
    });
  });

  it('that no bot administers are not listed until they are set up', async () => {
    await detect(
      channel('-1001000000003', { botIsAdmin: false, botCanInvite: false }),
      channel('-1001000000004'),
    );
    await eventually(() => seenChannel('-1001000000004'));
    await expect(seenChannel('-1001000000003')).rejects.toThrow('not listed');
  });

  it('need a bot in them, a known site, a slug of their own and a mapping that makes sense', async () => {
    await detect(channel('-1001000000005'), channel('-1001000000006'));
    await eventually(() => seenChannel('-1001000000006'));
    const siteId = await newSite();
    const put = (chatId: string, body: object) => dashboard.ask('PUT', `/v1/channels/${chatId}`, body);
    const outcome = async (answer: Promise<Answer>) => {
      const settled = await answer;
      return [settled.status, ...new Set(faultyFields(settled))];
    };

    expect(await outcome(put('-1001000000099', setup(siteId, 'a')))).toEqual([404]);
    expect(await outcome(put('-1001000000005', setup(NOWHERE, 'a')))).toEqual([422, 'siteId']);
    expect(await outcome(put('-1001000000005', setup(siteId, 'taken')))).toEqual([200]);
    expect(await outcome(put('-1001000000006', setup(siteId, 'taken')))).toEqual([409, 'slug']);
    const valid = setup(siteId, 'fine');
    for (const [change, expected] of [
      [{ eventType: 'Custom' }, [422, 'customEventName']],
      [{ customEventName: 'Name' }, [422, 'customEventName']],
      [{ eventType: 'Custom', customEventName: '1st' }, [400, 'customEventName']],
      [{ eventType: 'Share' }, [400, 'eventType']],
      [{ slug: 'Not/A Slug' }, [400, 'slug']],
      [{ value: -0.01 }, [400, 'value']],
      [{ value: '5' }, [400, 'value']],
      [{ currency: 'DOGE' }, [400, 'currency']],
      [{ contentName: 'x'.repeat(201) }, [400, 'contentName']],
    ] as const)
      expect(await outcome(put('-1001000000006', { ...valid, ...change }))).toEqual(expected);
    expect(await outcome(put('nonsense', valid))).toEqual([400, 'chatId']);
  });
});

// Last: it looks at all that was said above.
describe('secrets', () => {
  it('stand in no answer and in no line of the log', async () => {
    await dashboard.ask('GET', '/v1/pixels');
    await dashboard.ask('GET', '/metrics');
    const said = [...dashboard.answers, ...dashboard.logLines].join('\n');
    expect(said).toContain('garden_watch_bot');
    const keys = dashboard.keyring.map(({ bytes }) => bytes.toString('base64'));
    for (const secret of [BOT_TOKEN, BOT_TOKEN.split(':')[1] ?? '', PIXEL_TOKEN, ...keys, 'ciphertext'])
      expect(said).not.toContain(secret);
  });
});
