import { createTestDatabase, type TestDatabase } from '@clickjoin/testing';
import { DataSource } from 'typeorm';
import { LinkFormMigration } from './link-form.migration';
import { LinkStockMigration } from './link-stock.migration';
import { LinkStockStore } from './link-stock.store';
import { withMintLock } from './mint-lock';
import type { LinkOwner, StockLink } from './stock-link';

const NOW = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
let chats = 0;

describe('LinkStockStore', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let store: LinkStockStore;

  beforeAll(async () => {
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

  const newOwner = (): LinkOwner => ({ chatId: `-100${++chats}`, botId: '7000000001', form: 'open' });
  const links = (owner: { chatId: string }, count: number, expiresAt = NOW + 30 * DAY_MS): StockLink[] =>
    Array.from({ length: count }, (_, index) => ({
      linkKey: `${owner.chatId}-${index}-${expiresAt}`,
      url: `https://t.me/+${index}`,
      expiresAt,
    }));
  const lease = (owner: LinkOwner, by: string, count: number): Promise<StockLink[]> =>
    store.lease(owner, by, count, NOW, NOW + 7 * DAY_MS);
  const stock = async (owner: LinkOwner) => {
    const [found] = await store.stockOf(owner.botId, [{ ...owner, wantsStock: true }], NOW, NOW + 7 * DAY_MS);
    return found!;
  };

  it('never leases one link twice, however many ask at the same time', async () => {
    const owner = newOwner();
    await store.add(dataSource, owner, links(owner, 200), NOW);
    const leased = (
      await Promise.all(Array.from({ length: 30 }, (_, index) => lease(owner, `instance-${index}`, 10)))
    ).flat();
    expect(leased).toHaveLength(200);
    expect(new Set(leased.map(({ linkKey }) => linkKey)).size).toBe(200);
    expect(await stock(owner)).toMatchObject({ free: 0, leasedLately: 200 });
  });

  it('what a killed instance leased is never leased again, and nobody else can give it back', async () => {
    const owner = newOwner();
    await store.add(dataSource, owner, links(owner, 30), NOW);
    const lost = await lease(owner, 'killed', 10);
    expect(
      await store.giveBack(
        'other',
        lost.map(({ linkKey }) => linkKey),
      ),
    ).toBe(0);
    const rest = await lease(owner, 'other', 100);
    expect(rest).toHaveLength(20);
    const both = new Set([...lost, ...rest].map(({ linkKey }) => linkKey));
    expect(both.size).toBe(30);
  });

  it('takes unused links back, and leases them again', async () => {
    const owner = newOwner();
    await store.add(dataSource, owner, links(owner, 5), NOW);
    const [first, ...unused] = await lease(owner, 'one', 5);
    expect(
      await store.giveBack(
        'one',
        unused.map(({ linkKey }) => linkKey),
      ),
    ).toBe(4);
    const again = await lease(owner, 'two', 5);
    expect(again.map(({ linkKey }) => linkKey)).not.toContain(first?.linkKey);
    expect(again).toHaveLength(4);
  });

  it('keeps links that would expire within the window on the shelf, soonest expiry first for the others', async () => {
    const owner = newOwner();
    await store.add(dataSource, owner, links(owner, 3, NOW + 7 * DAY_MS), NOW);
    await store.add(dataSource, owner, links(owner, 1, NOW + 20 * DAY_MS), NOW);
    await store.add(dataSource, owner, links(owner, 1, NOW + 10 * DAY_MS), NOW);
    expect((await stock(owner)).free).toBe(2);
    const leased = await lease(owner, 'one', 10);
    expect(leased.map(({ expiresAt }) => expiresAt)).toEqual([NOW + 10 * DAY_MS, NOW + 20 * DAY_MS]);
  });

  it("never leases another bot's links", async () => {
    const owner = newOwner();
    await store.add(dataSource, owner, links(owner, 3), NOW);
    expect(await lease({ ...owner, botId: '8' }, 'one', 3)).toEqual([]);
  });

  it('never leases a link by which people ask for one that lets them in, nor the other way round', async () => {
    const owner = newOwner();
    const asking: LinkOwner = { ...owner, form: 'request' };
    await store.add(dataSource, owner, links(owner, 2), NOW);
    await store.addFallback(
      dataSource,
      owner,
      { linkKey: `${owner.chatId}open`, url: 'https://t.me/+o' },
      NOW,
    );
    expect(await lease(asking, 'one', 5)).toEqual([]);
    expect(await stock(asking)).toMatchObject({ free: 0, hasFallback: false });
    await store.addFallback(
      dataSource,
      asking,
      { linkKey: `${owner.chatId}ask`, url: 'https://t.me/+a' },
      NOW,
    );
    expect((await store.fallbacks([asking])).map(({ url }) => url)).toEqual(['https://t.me/+a']);
    expect(await lease(owner, 'one', 5)).toHaveLength(2);
  });

  it('counts demand of late only, and removes what has expired', async () => {
    const owner = newOwner();
    await store.add(dataSource, owner, links(owner, 4), NOW);
    await store.lease(owner, 'one', 2, NOW - 11 * 60_000, NOW);
    await store.lease(owner, 'one', 1, NOW - 9 * 60_000, NOW);
    expect(await stock(owner)).toMatchObject({ free: 1, leasedLately: 1 });
    expect(await store.removeExpired(NOW + 29 * DAY_MS)).toBeGreaterThanOrEqual(0);
    expect((await stock(owner)).free).toBe(1);
    await store.removeExpired(NOW + 30 * DAY_MS);
    expect(await store.lease(owner, 'one', 9, NOW, NOW)).toEqual([]);
  });

  it('keeps the first fallback link', async () => {
    const owner = newOwner();
    expect((await stock(owner)).hasFallback).toBe(false);
    for (const code of ['first', 'second']) {
      await store.addFallback(
        dataSource,
        owner,
        { linkKey: `${owner.chatId}${code}`, url: `https://t.me/+${code}` },
        NOW,
      );
    }
    expect((await stock(owner)).hasFallback).toBe(true);
    expect(await store.fallbacks([newOwner(), owner])).toEqual([
      { ...owner, linkKey: `${owner.chatId}first`, url: 'https://t.me/+first' },
    ]);
  });

  it('keeps the latest failure until it is cleared, in the order of the channels asked for', async () => {
    const [one, two] = [newOwner(), newOwner()];
    const failure = { failures: 1, reason: 'flood', failedAt: NOW, retryAt: NOW + 17_000 };
    await store.recordFailure(dataSource, [one, two], failure);
    await store.recordFailure(dataSource, [two], { ...failure, failures: 2, retryAt: NOW + 60_000 });
    await store.clearFailure(dataSource, one);
    const found = await store.stockOf(
      one.botId,
      [two, one].map((owner) => ({ ...owner, wantsStock: true })),
      NOW,
      NOW,
    );
    expect(found.map(({ failure: kept }) => kept)).toEqual([
      { ...failure, failures: 2, retryAt: NOW + 60_000 },
      undefined,
    ]);
  });

  it('lets one instance mint for a bot at a time, and the next one after it, also after a failure', async () => {
    let release: () => void = () => undefined;
    let entered: () => void = () => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const first = withMintLock(dataSource, '7', () => {
      entered();
      return new Promise<void>((resolve) => (release = resolve));
    });
    await inside;
    const work = jest.fn(() => Promise.resolve());
    expect(await withMintLock(dataSource, '7', work)).toBe(false);
    expect(await withMintLock(dataSource, '8', work)).toBe(true);
    release();
    expect(await first).toBe(true);
    await expect(withMintLock(dataSource, '7', () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(await withMintLock(dataSource, '7', work)).toBe(true);
    expect(work).toHaveBeenCalledTimes(2);
  });
});
