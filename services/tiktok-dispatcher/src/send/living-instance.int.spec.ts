import { eventually } from '@clickjoin/testing';
import { Workers } from '../../test/workers';

// Apart from the other tests of workers: it takes as long as all of them, and two files share the machine's cores.
let workers: Workers;

beforeEach(async () => {
  workers = await Workers.open();
});
afterEach(() => workers.close());

describe('an instance that lives', () => {
  it('keeps what it has under way, however long that takes, and however often the other one looks', async () => {
    const patient = { REQUEST_TIMEOUT_MS: '60000', LEASE_MARGIN_MS: '60000' };
    const first = await workers.startProcess(patient);
    await workers.configure(workers.newPixel());
    let answer: (() => void) | undefined;
    workers.listener.reply = (_pixel, accept) => (answer = accept);
    await workers.convert(workers.newConversions(1));
    await eventually(() => expect(answer).toBeDefined());
    const second = await workers.start(patient);
    const looks = async (): Promise<number> => {
      const text = await (await fetch(`${second.url}/metrics`)).text();
      return Number(/clickjoin_dispatcher_upkeeps_total\{[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    // Several times as long as a missing instance would have been given.
    const before = await looks();
    await eventually(async () => expect(await looks()).toBeGreaterThan(before + 13), { timeoutMs: 90_000 });
    expect(await workers.countIn('sending')).toBe(1);
    answer?.();
    await eventually(async () => expect(await workers.countIn('accepted')).toBe(1));
    expect(workers.listener.requests).toEqual([1]);
    first.assertRuns();
  });
});
