import { MetricsRegistry } from '@clickjoin/service-kit';
import { TelegramRefused, TelegramThrottled, TelegramUnavailable, type LinkOrder } from '@clickjoin/telegram';
import { createTestDatabase, FakeClock, type TestDatabase } from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ClickMetrics } from '../metrics';
import { BotMinter, type MintSource } from './bot-minter';
import { LinkFormMigration } from './link-form.migration';
import { LinkStockMigration } from './link-stock.migration';
import { LinkStockStore, type StockWish } from './link-stock.store';

const DAY_MS = 86_400_000;
const SETTINGS = {
  policy: { low: 5, high: 10, max: 100 },
  shelfLifeMs: 30 * DAY_MS,
  windowMs: 7 * DAY_MS,
  perSecond: 100_000,
};
let bots = 0;

describe('BotMinter', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let store: LinkStockStore;
  let clock: FakeClock;
  let botId: string;
  let calls: LinkOrder[];
  /** What Telegram does at the next calls; then it makes links again. */
  let script: (Error | undefined)[];
  let telegram: { createChatInviteLink(token: string, order: LinkOrder): Promise<string> };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
    dataSource = new DataSource({
      type: 'postgres',
      url: database.url,
      migrations: [LinkStockMigration, LinkFormMigration],
    });
    await dataSource.initialize();
    await dataSource.runMigrations();
    store = new LinkStockStore(dataSource);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  beforeEach(() => {
    clock = new FakeClock();
    botId = String(7_000_000_001 + bots++);
    [calls, script] = [[], []];
    telegram = {
      createChatInviteLink: (_token, order) => {
        calls.push(order);
        const failure = script.shift();
        if (failure !== undefined) return Promise.reject(failure);
        return Promise.resolve(`https://t.me/+${randomBytes(12).toString('base64url')}`);
      },
    };
  });

  const wish = (chatId: string): StockWish => ({ chatId, botId, form: 'open', wantsStock: true });
  const minter = (chatIds: readonly string[], source: Partial<MintSource> = {}, api = telegram): BotMinter =>
    new BotMinter({
      botId,
      settings: SETTINGS,
      source: {
        wishesOf: () => chatIds.map(wish),
        tokenOf: () => 'token',
        onStocked: () => undefined,
        onFallback: () => undefined,
        ...source,
      },
      telegram: api,
      store,
      dataSource,
      clock,
      random: Math.random,
      metrics: new ClickMetrics(new MetricsRegistry()),
      stopping: new AbortController().signal,
    });
  const stocks = async (chatIds: readonly string[]) =>
    store.stockOf(botId, chatIds.map(wish), clock.now(), clock.now() + SETTINGS.windowMs);

  it('fills to the high mark, with one fallback link that never expires, and then asks nothing more', async () => {
    const stocked = jest.fn();
    const one = minter(['-1001', '-1002'], { onStocked: stocked });
    await expect(one.fill()).resolves.toBeUndefined();
    expect(
      (await stocks(['-1001', '-1002'])).map(({ free, hasFallback }) => ({ free, hasFallback })),
    ).toEqual([
      { free: 10, hasFallback: true },
      { free: 10, hasFallback: true },
    ]);
    expect(calls.filter(({ expiresAtSeconds }) => expiresAtSeconds === undefined)).toHaveLength(2);
    expect(calls.find(({ expiresAtSeconds }) => expiresAtSeconds !== undefined)?.expiresAtSeconds).toBe(
      (clock.now() + 37 * DAY_MS) / 1_000,
    );
    expect(new Set(calls.map(({ name }) => name))).toEqual(new Set(['clickjoin', 'clickjoin-fallback']));
    expect(stocked).toHaveBeenCalledWith(expect.objectContaining({ chatId: '-1001' }));
    calls.length = 0;
    await one.fill();
    expect(calls).toEqual([]);
  });

  it('makes links by which people ask to be let in, and only the shared one where visitors go by the bot', async () => {
    const wishes: StockWish[] = [
      { ...wish('-1001'), form: 'request' },
      { ...wish('-1002'), wantsStock: false },
    ];
    await minter([], { wishesOf: () => wishes }).fill();
    const made = (chatId: string): LinkOrder[] => calls.filter((order) => order.chatId === chatId);
    expect(made('-1001').map(({ createsJoinRequest }) => createsJoinRequest)).toEqual(Array(11).fill(true));
    expect(made('-1002').map(({ name, createsJoinRequest }) => ({ name, createsJoinRequest }))).toEqual([
      { name: 'clickjoin-fallback', createsJoinRequest: false },
    ]);
  });

  it('begins again below the low mark only', async () => {
    const one = minter(['-1001']);
    await one.fill();
    calls.length = 0;
    const take = (count: number) => store.lease(wish('-1001'), 'x', count, clock.now(), clock.now());
    await take(5);
    await one.fill();
    expect(calls).toHaveLength(0);
    await take(1);
    await one.fill();
    expect(calls).toHaveLength(6);
  });

  it('429: leaves the channel alone for as long as Telegram says, in every instance; other channels go on', async () => {
    await minter(['-1001', '-1002']).fill();
    for (const chatId of ['-1001', '-1002']) {
      await store.lease(wish(chatId), 'x', 9, clock.now(), clock.now());
    }
    calls.length = 0;
    const throttle = new TelegramThrottled(17_000);
    const busy = {
      createChatInviteLink: (token: string, order: LinkOrder) => {
        if (order.chatId !== '-1001') return telegram.createChatInviteLink(token, order);
        calls.push(order);
        return Promise.reject(throttle);
      },
    };
    const [one, two] = [minter(['-1001', '-1002'], {}, busy), minter(['-1001', '-1002'])];
    const retryAt = await one.fill();
    expect(retryAt).toBeGreaterThanOrEqual(clock.now() + 17_000);
    expect(retryAt).toBeLessThan(clock.now() + 18_000);
    expect((await stocks(['-1002']))[0]).toMatchObject({ free: 10, failure: undefined });
    expect((await stocks(['-1001']))[0]?.failure).toMatchObject({
      failures: 1,
      reason: 'Telegram asks for a pause of 17 s',
    });

    calls.length = 0;
    clock.advance(16_999);
    await two.fill();
    await one.fill();
    expect(calls).toEqual([]);
    clock.advance(1_000);
    await two.fill();
    expect((await stocks(['-1001']))[0]).toMatchObject({ free: 10, failure: undefined });
  });

  it('an outage: one round of calls, then longer and longer pauses for the whole bot, and no storm', async () => {
    const chatIds = ['-1001', '-1002', '-1003'];
    const one = minter(chatIds);
    telegram.createChatInviteLink = (_token, order) => {
      calls.push(order);
      return Promise.reject(new TelegramUnavailable('Telegram is not reachable (ECONNREFUSED)'));
    };
    const pauses: number[] = [];
    for (let round = 0; round < 8; round++) {
      const before = calls.length;
      const retryAt = await one.fill();
      expect(calls.length - before).toBeLessThanOrEqual(4);
      expect(await one.fill()).toBe(retryAt);
      pauses.push((retryAt ?? 0) - clock.now());
      clock.set(retryAt ?? 0);
    }
    expect(pauses[0]).toBeLessThanOrEqual(1_000);
    expect(pauses[7]).toBeGreaterThanOrEqual(30_000);
    expect(pauses[7]).toBeLessThanOrEqual(60_000);
  });

  it('keeps what the same round did make', async () => {
    await minter(['-1001']).fill();
    await store.lease(wish('-1001'), 'x', 10, clock.now(), clock.now());
    script = [undefined, new TelegramUnavailable('lost'), undefined, undefined];
    await minter(['-1001']).fill();
    expect((await stocks(['-1001']))[0]).toMatchObject({ free: 3, failure: { failures: 1, reason: 'lost' } });
  });

  it.each([
    { name: 'is refused', source: {}, refusal: new TelegramRefused(401, 'Unauthorized'), most: 4 },
    { name: 'is not set up', source: { tokenOf: () => undefined }, refusal: undefined, most: 0 },
    {
      name: 'does not open',
      source: {
        tokenOf: () => {
          throw new Error('sealed with key "old", which is not among SECRET_KEYS');
        },
      },
      refusal: undefined,
      most: 0,
    },
  ])('a token that $name stops all channels of the bot for a while', async ({ source, refusal, most }) => {
    script = Array.from({ length: 100 }, () => refusal);
    const retryAt = await minter(['-1001', '-1002'], source).fill();
    expect(calls.length).toBeLessThanOrEqual(most);
    expect(retryAt).toBeGreaterThanOrEqual(clock.now() + 7_000);
    expect((await stocks(['-1001', '-1002'])).every(({ failure }) => failure !== undefined)).toBe(true);
  });

  it('two instances at once: one works, and the stock does not pass its mark', async () => {
    await Promise.all([minter(['-1001']).fill(), minter(['-1001']).fill(), minter(['-1001']).fill()]);
    expect((await stocks(['-1001']))[0]?.free).toBe(10);
    expect(calls).toHaveLength(11);
  });
});
