import type { ChannelConfigured } from '@clickjoin/contracts';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { FakeClock } from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import type { ChannelDirectory } from '../channels/channel-directory';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { LinkStock } from './link-stock';
import type { LinkStockStore } from './link-stock.store';
import type { MintingService, MintListener } from './minting.service';
import type { StockLink } from './stock-link';

const OWNER = { chatId: '-1001', botId: '7', form: 'open' } as const;

describe('LinkStock', () => {
  let clock: FakeClock;
  /** What the database still has. */
  let free: StockLink[];
  let leases: (() => void)[];
  let returned: string[];
  let listener: MintListener;
  let settingsChanged: () => void;
  let owners: { chatId: string; botId: string }[];
  let stock: LinkStock;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  beforeEach(() => {
    clock = new FakeClock();
    free = Array.from({ length: 40 }, (_, index) => ({
      linkKey: `key-${index}`,
      url: `https://t.me/+${index}`,
      expiresAt: clock.now() + 30 * 86_400_000,
    }));
    [leases, returned, owners] = [[], [], [OWNER]];
    const store: Partial<LinkStockStore> = {
      // Each lease hangs until the test lets it through.
      lease: async (_owner, _instance, count) => {
        await new Promise<void>((resolve) => leases.push(resolve));
        return free.splice(0, count);
      },
      giveBack: (_instance, linkKeys) => {
        returned.push(...linkKeys);
        return Promise.resolve(linkKeys.length);
      },
      fallbacks: () => Promise.resolve([]),
      removeExpired: () => Promise.resolve(0),
    };
    stock = new LinkStock(
      store as LinkStockStore,
      {
        listen: (given: MintListener) => (listener = given),
        wake: () => undefined,
        wakeAll: () => undefined,
      } as unknown as MintingService,
      {
        all: () => owners as unknown as ChannelConfigured[],
        onChange: (listening: () => void) => (settingsChanged = listening),
      } as unknown as ChannelDirectory,
      Object.assign(new ClickServiceConfig(), { leaseMin: 2 }),
      new ClickMetrics(new MetricsRegistry()),
      clock,
    );
  });

  afterEach(() => settled(stock.onApplicationShutdown()));

  const letThrough = async (): Promise<void> => {
    leases.splice(0).forEach((resolve) => resolve());
    await new Promise((resolve) => setImmediate(resolve));
  };
  /** Lets every lease through until it is done. */
  const settled = async (work: Promise<void>): Promise<void> => {
    let isDone = false;
    void work.then(() => (isDone = true));
    while (!isDone) await letThrough();
  };
  const started = (): Promise<void> => settled(stock.onApplicationBootstrap());

  it('holds links before the first visitor comes', async () => {
    await started();
    expect(stock.take(OWNER)?.linkKey).toBe('key-0');
  });

  it('lets a visitor of a burst wait for the lease that is under way', async () => {
    await started();
    expect([stock.take(OWNER), stock.take(OWNER)]).not.toContain(undefined);
    expect(stock.take(OWNER)).toBeUndefined();
    const waiting = stock.takeSoon(OWNER);
    await letThrough();
    expect((await waiting)?.linkKey).toBe('key-2');
  });

  it('but not for a database that does not answer', async () => {
    await started();
    stock.take(OWNER);
    stock.take(OWNER);
    await expect(stock.takeSoon(OWNER)).resolves.toBeUndefined();
  });

  it('asks an empty database once a second at most, and at once when there is something new', async () => {
    free.splice(0);
    await started();
    await letThrough();
    for (let count = 0; count < 5; count++) stock.take(OWNER);
    expect(leases).toHaveLength(0);
    clock.advance(1_000);
    stock.take(OWNER);
    stock.take(OWNER);
    expect(leases).toHaveLength(1);
    await letThrough();
    listener.onStocked(OWNER);
    expect(leases).toHaveLength(1);
  });

  it('gives back what comes in while it closes, and hands nothing out any more', async () => {
    await started();
    stock.take(OWNER);
    await settled(stock.onApplicationShutdown());
    expect(stock.take(OWNER)).toBeUndefined();
    expect(returned).not.toContain('key-0');
    expect(returned).toContain('key-1');
  });

  it('gives back the links of a channel that has another bot now, however the changes meet the tick', async () => {
    const starting = stock.onApplicationBootstrap();
    // The tick has read the settings and waits for the database.
    await new Promise((resolve) => setImmediate(resolve));
    owners = [{ ...OWNER, botId: '8' }];
    settingsChanged();
    await settled(starting);
    while (returned.length === 0) await letThrough();
    expect(returned.sort()).toEqual(['key-0', 'key-1']);
  });
});
