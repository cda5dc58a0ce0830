import { HealthRegistry, MetricsRegistry } from '@clickjoin/service-kit';
import { Logger } from '@nestjs/common';
import { AttributionMetrics } from '../metrics';
import { ClosingLoop } from './closing-loop';

const NOW = Date.UTC(2026, 2, 1);

/** A closer that answers as told, and remembers how often it was asked. */
function loopOver(closeDue: () => Promise<number | undefined>) {
  const health = new HealthRegistry();
  const asked = jest.fn(closeDue);
  const metrics = new AttributionMetrics(new MetricsRegistry());
  const loop = new ClosingLoop({ closeDue: asked }, metrics, health);
  return { loop, asked, closing: async () => (await health.ready()).checks['closing']?.status };
}

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('ClosingLoop', () => {
  it('looks within a second while nothing waits', async () => {
    const { loop, asked } = loopOver(() => Promise.resolve(undefined));
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(asked.mock.calls.length).toBeGreaterThanOrEqual(10);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(15);
    await loop.beforeApplicationShutdown();
  });

  it('wakes at the next deadline', async () => {
    const { loop, asked } = loopOver(() => Promise.resolve(300));
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(299);
    expect(asked).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(2);
    expect(asked).toHaveBeenCalledTimes(2);
    await loop.beforeApplicationShutdown();
  });

  it('goes on after a failure, and says so in its health when it lasts', async () => {
    let isBroken = true;
    const { loop, closing } = loopOver(() =>
      isBroken ? Promise.reject(new Error('no database')) : Promise.resolve(undefined),
    );
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(await closing()).toBe('up');
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await closing()).toBe('degraded');
    isBroken = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await closing()).toBe('up');
    await loop.beforeApplicationShutdown();
  });

  it('waits for the run in hand when it stops, and begins no other', async () => {
    let finish: (dueInMs: undefined) => void = () => undefined;
    const { loop, asked } = loopOver(() => new Promise((resolve) => (finish = resolve)));
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(1);
    let isStopped = false;
    const stopped = loop.beforeApplicationShutdown().then(() => (isStopped = true));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(isStopped).toBe(false);
    finish(undefined);
    await stopped;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});
