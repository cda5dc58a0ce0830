import { randomUUID } from 'node:crypto';
import { FakeClock, testInfra, uniquePrefix } from '@clickjoin/testing';
import { dropServiceDatabase, newDatabasePrefix, newSecretKeys, type Place } from '../../test/dispatcher';
import { openParts, type Parts } from '../../test/parts';
import { spacingMsOf } from './permits';
import type { SendRates } from './send-rates';

const PER_SECOND = 100;
let place: Place;
let instances: Parts[];

const open = (): Promise<Parts> => openParts(place, new FakeClock(), () => 0.5);

beforeAll(async () => {
  const { brokers, databaseUrl } = testInfra();
  place = {
    brokers,
    databaseUrl,
    databasePrefix: newDatabasePrefix(),
    topicPrefix: uniquePrefix('rates'),
    tiktokApiUrl: 'http://127.0.0.1:1',
    secretKeys: newSecretKeys(),
    settings: { MAX_REQUESTS_PER_SECOND: String(PER_SECOND) },
  };
  instances = [await open()];
  instances.push(await open());
});
afterAll(async () => {
  for (const { close } of instances) await close();
  await dropServiceDatabase(place);
});

/** When each of the permits that an instance got begins, by this process's clock. */
async function take(rates: SendRates, token: string, blocks: readonly number[]): Promise<number[]> {
  const times: number[] = [];
  const { dataSource } = instances[0] ?? { dataSource: undefined };
  for (const wanted of blocks) {
    const permits = await dataSource?.transaction((tx) => rates.reserve(tx, new Map([[token, wanted]])));
    const of = permits?.get(token);
    if (of === undefined) throw new Error('there is a row for each token');
    for (let index = 0; index < of.granted; index++)
      times.push(of.countedFrom + of.firstInMs + index * of.spacingMs);
  }
  return times;
}

describe('the rate of a token', () => {
  it('is kept by two instances that ask at the same time, and by one that has just started', async () => {
    const token = randomUUID();
    const blocks = Array.from({ length: 12 }, (_, index) => 1 + (index % 4));
    const [one, two] = instances;
    if (one === undefined || two === undefined) throw new Error('there are two');
    const times = (
      await Promise.all([take(one.rates, token, blocks), take(two.rates, token, blocks)])
    ).flat();
    const restarted = await open();
    instances.push(restarted);
    times.push(...(await take(restarted.rates, token, [5, 5])));
    times.sort((a, b) => a - b);
    expect(times.length).toBeGreaterThan(20);
    for (let index = 1; index < times.length; index++) {
      // To the clocks' own difference over so short a time.
      expect(times[index]! - times[index - 1]!).toBeGreaterThanOrEqual(spacingMsOf(PER_SECOND) - 0.5);
    }
  });

  it('is kept by those that ask for one permit each at the same moment, and by what is postponed', async () => {
    const [one] = instances;
    if (one === undefined) throw new Error('there is one');
    const token = randomUUID();
    const asked = await Promise.all(Array.from({ length: 40 }, () => one.rates.reserveOne(token)));
    const granted = asked.flatMap((of) => (of?.granted === 1 ? [of.countedFrom + of.firstInMs] : []));
    // As many as the horizon has; those beyond it hear when to ask again.
    expect(granted.length).toBeGreaterThan(10);
    expect(granted.length).toBeLessThan(40);
    const refused = asked.filter((of) => of?.granted === 0);
    for (const of of refused)
      expect((of?.countedFrom ?? 0) + (of?.firstInMs ?? 0)).toBeGreaterThan(Math.max(...granted));

    const late = randomUUID();
    const lateMs = 5_000;
    const first = await one.dataSource.transaction(async (tx) => {
      const permits = await one.rates.reserve(tx, new Map([[late, 3]]));
      await one.rates.postpone(tx, new Set([late]), lateMs);
      return permits.get(late);
    });
    if (first === undefined) throw new Error('there is a row for each token');
    const next = await one.rates.reserveOne(late);
    const lastAt = first.countedFrom + first.firstInMs + 2 * first.spacingMs + lateMs;
    granted.sort((a, b) => a - b);
    for (const [before, after] of [
      ...granted.slice(1).map((at, index) => [granted[index] ?? 0, at] as const),
      [lastAt, (next?.countedFrom ?? 0) + (next?.firstInMs ?? 0)] as const,
    ])
      expect(after - before).toBeGreaterThanOrEqual(spacingMsOf(PER_SECOND) - 0.5);
  });

  it('of one token leaves the others alone', async () => {
    const [one] = instances;
    await one?.rates.throttle('resting', 60_000);
    expect((await one?.rates.reserveOne('resting'))?.granted).toBe(0);
    expect((await one?.rates.reserveOne('another'))?.granted).toBe(1);
  });

  it('rests after a throttling for all instances, longer each time in a row, until TikTok takes something', async () => {
    const [one, two] = instances;
    const token = randomUUID();
    const restOf = async (): Promise<number> => (await two?.rates.reserveOne(token))?.firstInMs ?? 0;
    const wakeUp = (): Promise<unknown> | undefined =>
      one?.dataSource.query(`UPDATE send_rate SET blocked_until = now() WHERE token_digest = $1`, [token]);

    await one?.rates.throttle(token, undefined);
    // Answers of requests that were under way at the same time are the same throttling.
    await two?.rates.throttle(token, undefined);
    expect(await restOf()).toBeLessThanOrEqual(1_000);
    await wakeUp();
    await one?.rates.throttle(token, undefined);
    expect(await restOf()).toBeGreaterThan(1_000);
    await wakeUp();
    await one?.rates.relax(token);
    await one?.rates.throttle(token, undefined);
    expect(await restOf()).toBeLessThanOrEqual(1_000);
    await one?.rates.throttle(token, 60_000);
    expect(await restOf()).toBeGreaterThan(50_000);
  });
});
