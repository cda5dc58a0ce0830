import type { Contender, Probe } from './bench';
import { formatReport } from './report';
import { Readings, runRounds } from './run-rounds';
import { median, quantile } from './statistics';

describe('statistics', () => {
  it.each([
    { values: [3], middle: 3 },
    { values: [1, 100, 2], middle: 2 },
    { values: [4, 1, 3, 2], middle: 2.5 },
  ])('the median of $values is $middle', ({ values, middle }) => expect(median(values)).toBe(middle));

  it.each([
    { share: 0.5, value: 50 },
    { share: 0.99, value: 99 },
    { share: 1, value: 100 },
  ])('$share of 1…100 do not exceed $value', ({ share, value }) =>
    expect(
      quantile(
        Array.from({ length: 100 }, (_, n) => n + 1),
        share,
      ),
    ).toBe(value),
  );
});

describe('runRounds', () => {
  function contestants(): { contenders: [Contender, Contender]; order: string[] } {
    const order: string[] = [];
    const make = (name: string, values: number[]): Contender => ({
      name,
      run: () => {
        order.push(name);
        return Promise.resolve({ value: values.shift() ?? 0, details: { ms: 7 } });
      },
    });
    return { contenders: [make('ours', [1, 20, 30, 40]), make('peer', [9_999, 10, 10, 20])], order };
  }

  it('interleaves, lets another one go first each time, and does not count the warm-up', async () => {
    const { contenders, order } = contestants();
    const [ours, peer] = await runRounds(contenders, 3);
    expect(order).toEqual(['ours', 'peer', 'peer', 'ours', 'ours', 'peer', 'peer', 'ours']);
    expect(ours).toMatchObject({ name: 'ours', median: 30, ratioOfOurs: 1, details: { ms: 7 } });
    expect(peer).toMatchObject({ name: 'peer', median: 10, ratioOfOurs: 3 });
  });

  it('reports figures, ratio, load and environment', async () => {
    const text = formatReport({
      bench: 'publish',
      unit: 'records/s',
      rounds: 3,
      load: { records: 10, callers: 2, bytes: 5 },
      environment: { node: 'v20', platform: 'linux-x64', cpu: 'CPU', cores: 2, memoryGb: 8 },
      results: await runRounds(contestants().contenders, 3),
      readings: [],
    });
    expect(text).toContain('3 rounds, records 10, callers 2, bytes 5');
    expect(text).toContain('Node v20, linux-x64, 2 × CPU, 8 GB');
    expect(text).toMatch(/^peer +10\.0 +10\.0 +20\.0 +7\.00 +3\.00 ×$/m);
  });

  it('takes what lasts long in the last rounds only', async () => {
    const taken: string[] = [];
    const probe = (name: string, rounds?: number): Probe => ({
      name,
      ...(rounds === undefined ? {} : { rounds }),
      run: (round) => {
        taken.push(`${name} ${round}`);
        return Promise.resolve([]);
      },
    });
    const readings = new Readings();
    await runRounds(contestants().contenders, 3, undefined, (round) =>
      readings.take([probe('each'), probe('once', 1), probe('often', 9)], () => undefined, round, 3),
    );
    expect(taken).toEqual(['each 1', 'often 1', 'each 2', 'often 2', 'each 3', 'once 3', 'often 3']);
  });

  it('tells a contender which run does not count', async () => {
    const warmUps: boolean[] = [];
    const run: Contender['run'] = (isWarmUp) => {
      warmUps.push(isWarmUp);
      return Promise.resolve({ value: 1, details: {} });
    };
    await runRounds([{ name: 'ours', run }], 2);
    expect(warmUps).toEqual([true, false, false]);
  });

  it('takes readings without any contender', async () => {
    expect(await runRounds([], 1)).toEqual([]);
  });

  it('takes readings after each counted round and reports them with what they should be', async () => {
    const values = [7, 1, 3];
    const probe = {
      name: 'restart',
      run: () => Promise.resolve([{ name: 'silence', unit: 's', value: values.shift() ?? 0, atMost: 2 }]),
    };
    const readings = new Readings();
    const results = await runRounds(contestants().contenders, 3, undefined, () =>
      readings.take([probe], () => undefined, 1, 1),
    );
    expect(readings.results()).toEqual([
      { name: 'silence', unit: 's', values: [7, 1, 3], median: 3, atMost: 2 },
    ]);
    const text = formatReport({
      bench: 'restart',
      unit: 'runs/s',
      rounds: 3,
      load: { records: 1, callers: 1, bytes: 1 },
      environment: { node: 'v20', platform: 'linux-x64', cpu: 'CPU', cores: 2, memoryGb: 8 },
      results,
      readings: readings.results(),
    });
    expect(text).toMatch(/^silence +3\.00 +1\.00 +7\.00 +2\.00 +s$/m);
  });
});
