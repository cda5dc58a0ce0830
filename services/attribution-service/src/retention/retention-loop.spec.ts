import { HealthRegistry, MetricsRegistry } from '@clickjoin/service-kit';
import { Logger } from '@nestjs/common';
import { AttributionMetrics } from '../metrics';
import { RetentionLoop } from './retention-loop';
import type { Sweeper } from './sweeper';

const MINUTE_MS = 60_000;

/** A sweeper that does as told, and remembers how often it was asked. */
function loopOver(sweep: Sweeper['sweep']) {
  const health = new HealthRegistry();
  const asked = jest.fn(sweep);
  const metrics = new AttributionMetrics(new MetricsRegistry());
  const loop = new RetentionLoop({ sweep: asked }, metrics, health);
  return {
    loop,
    asked,
    retention: async () => (await health.ready()).checks['retention']?.status,
    failures: async () => (await metrics.sweepFailures.get()).values[0]?.value ?? 0,
  };
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('RetentionLoop', () => {
  it('sweeps every minute, and not at once: a service that starts has other work', async () => {
    const { loop, asked } = loopOver(() => Promise.resolve(true));
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(MINUTE_MS - 1);
    expect(asked).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1 + 4 * MINUTE_MS);
    expect(asked).toHaveBeenCalledTimes(5);
    await loop.beforeApplicationShutdown();
  });

  it('rests for as long as it is told between batches', async () => {
    let batches = 0;
    const { loop } = loopOver(async (pause) => {
      for (batches = 1; batches < 3; batches += 1) await pause(500);
      return true;
    });
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(MINUTE_MS + 499);
    expect(batches).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(batches).toBe(2);
    await jest.advanceTimersByTimeAsync(500);
    expect(batches).toBe(3);
    await loop.beforeApplicationShutdown();
  });

  it('goes on after a failure, counts it, and says so in its health when it lasts', async () => {
    let isBroken = true;
    const { loop, retention, failures } = loopOver(() =>
      isBroken ? Promise.reject(new Error('no database')) : Promise.resolve(true),
    );
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(59 * MINUTE_MS);
    expect([await retention(), await failures()]).toEqual(['up', 59]);
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect([await retention(), await failures()]).toEqual(['degraded', 60]);
    isBroken = false;
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect([await retention(), await failures()]).toEqual(['up', 60]);
    await loop.beforeApplicationShutdown();
  });

  it('stops at once while it rests, and that is no failure', async () => {
    const { loop, asked, failures } = loopOver(async (pause) => {
      await pause(MINUTE_MS);
      return true;
    });
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(MINUTE_MS + 1);
    expect(asked).toHaveBeenCalledTimes(1);
    await loop.beforeApplicationShutdown();
    expect(await failures()).toBe(0);
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('waits for the batch in hand when it stops, and begins no other', async () => {
    let finish: (hasSwept: boolean) => void = () => undefined;
    const { loop, asked } = loopOver(() => new Promise((resolve) => (finish = resolve)));
    loop.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    let isStopped = false;
    const stopped = loop.beforeApplicationShutdown().then(() => (isStopped = true));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(isStopped).toBe(false);
    finish(true);
    await stopped;
    await jest.advanceTimersByTimeAsync(5 * MINUTE_MS);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});
