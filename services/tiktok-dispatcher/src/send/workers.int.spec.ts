import { randomUUID } from 'node:crypto';
import { eventually } from '@clickjoin/testing';
import { changed } from '../../test/invented';
import { TOKEN, Workers } from '../../test/workers';

const DAY_MS = 86_400_000;
let workers: Workers;

beforeEach(async () => {
  workers = await Workers.open();
});
afterEach(() => workers.close());

describe('several workers', () => {
  it('never have one delivery with TikTok at the same time, and leave none out', async () => {
    const settings = { MAX_IN_FLIGHT_PER_PIXEL: '2' };
    await Promise.all([workers.start(settings), workers.start(settings)]);
    await workers.configure(workers.newPixel());
    const held: (() => void)[] = [];
    let requests = 0;
    workers.listener.reply = (_pixel, accept, response) => {
      requests++;
      // One worker has two requests open at most: that a third comes shows that both have a part in it.
      if (requests < 3) held.push(accept);
      else if (requests === 3) for (const release of [...held, accept]) release();
      // A fifth fails and a tenth is lost after it was counted, so that there is something to fight over.
      else if (requests % 5 === 0) response.end('{"code":50000}');
      else if (requests % 11 === 0) response.destroy();
      else setTimeout(accept, 5);
    };
    await workers.convert(workers.newConversions(300));
    await eventually(async () => expect(await workers.countIn('accepted')).toBe(300), { timeoutMs: 40_000 });

    expect(workers.listener.mostAtOnce).toBe(1);
    expect(workers.listener.bodies.size).toBe(300);
    expect([...workers.listener.acceptedIds].sort()).toEqual(
      [...new Set(workers.listener.acceptedIds)].sort(),
    );
    for (const bodies of workers.listener.bodies.values()) expect(new Set(bodies).size).toBe(1);
    for (const { url } of workers.inProcess) {
      await eventually(async () => {
        const metrics = await (await fetch(`${url}/metrics`)).text();
        expect(metrics).toMatch(/clickjoin_dispatcher_attempts_total\{[^}]*verdict="accepted"[^}]*\} [1-9]/);
      });
    }
  });
});

describe('a pixel that hangs', () => {
  it('does not keep the others waiting', async () => {
    await workers.start({ MAX_IN_FLIGHT: '4', MAX_IN_FLIGHT_PER_PIXEL: '2', REQUEST_TIMEOUT_MS: '30000' });
    const otherSite = randomUUID();
    const hanging = workers.newPixel();
    const well = workers.newPixel(otherSite);
    await workers.configure(hanging, well);
    const stuck: (() => void)[] = [];
    workers.listener.reply = (pixelCode, accept) => {
      if (pixelCode === hanging.pixelCode) stuck.push(accept);
      else accept();
    };
    await workers.convert(workers.newConversions(10));
    await eventually(() => expect(stuck).toHaveLength(2));
    await workers.convert(workers.newConversions(30, otherSite));
    await eventually(async () => expect(await workers.countIn('accepted')).toBe(30));
    expect(stuck).toHaveLength(2);

    // Healed: the queue drains.
    workers.listener.reply = (_pixel, accept) => accept();
    for (const accept of stuck) accept();
    await eventually(async () => expect(await workers.countIn('accepted')).toBe(40));
  });
});

describe('deliveries that end unsent', () => {
  it('do not keep those behind them waiting', async () => {
    await workers.start();
    await workers.configure(workers.newPixel());
    const joinedAt = new Date(Date.now() - 8 * DAY_MS).toISOString();
    // Many more than a round takes: were there a sleep between the rounds, these would take minutes.
    await workers.convert(workers.newConversions(480).map((conversion) => changed(conversion, { joinedAt })));
    await eventually(async () =>
      expect((await workers.countIn('queued')) + (await workers.countIn('expired'))).toBe(480),
    );
    await workers.convert(workers.newConversions(1));
    await eventually(async () => expect(await workers.countIn('accepted')).toBe(1), { timeoutMs: 20_000 });
    expect(await workers.countIn('expired')).toBe(480);
  });
});

describe('an attempt that was interrupted longer ago than an integer holds milliseconds', () => {
  it('is ended like any other, and the upkeep goes on', async () => {
    const dispatcher = await workers.start();
    const pixel = workers.newPixel();
    await workers.configure(pixel);
    await workers.convert(workers.newConversions(1));
    await eventually(async () => expect(await workers.countIn('accepted')).toBe(1));
    // As a database is found that has been away for a month.
    await workers.query(
      `WITH begun AS (
         UPDATE attempt SET started_at = now() - interval '26 days', duration_ms = NULL, verdict = NULL,
                            explanation = NULL
       )
       UPDATE delivery SET state = 'sending', lease_token = gen_random_uuid(),
                           lease_until = now() - interval '26 days'`,
    );
    await eventually(async () => expect(await workers.countIn('possibly-accepted')).toBe(1));
    const attempts = await workers.query('SELECT duration_ms, verdict FROM attempt');
    expect(attempts).toEqual([{ duration_ms: 2 ** 31 - 1, verdict: 'unknown' }]);
    expect(dispatcher.logLines.filter((line) => line.includes('round of the send worker failed'))).toEqual(
      [],
    );
  });
});

describe('kill -9 during a request', () => {
  it('counts the attempt as possibly accepted, and the next process repeats it with the same bytes', async () => {
    // The lease would last two minutes: it is the end of the instance that is noticed.
    const patient = { REQUEST_TIMEOUT_MS: '60000', LEASE_MARGIN_MS: '60000' };
    const first = await workers.startProcess(patient);
    await workers.configure(workers.newPixel());
    workers.listener.reply = () => undefined;
    await workers.convert(workers.newConversions(1));
    await eventually(() => expect(workers.listener.bodies.size).toBe(1));
    expect(await first.end('SIGKILL')).toBeNull();

    workers.listener.reply = (_pixel, accept) => accept();
    const second = await workers.start(patient);
    await eventually(async () => expect(await workers.countIn('accepted')).toBe(1), { timeoutMs: 60_000 });

    const attempts = await workers.query<{ number: number; verdict: string }[]>(
      'SELECT number, verdict FROM attempt ORDER BY number',
    );
    expect(attempts).toEqual([
      { number: 1, verdict: 'unknown' },
      { number: 2, verdict: 'accepted' },
    ]);
    const [row] = await workers.query<{ is_first: boolean }[]>(
      'SELECT first_unknown_at = (SELECT started_at FROM attempt WHERE number = 1) AS is_first FROM delivery',
    );
    expect(row?.is_first).toBe(true);
    const [[one, two, ...more] = []] = workers.listener.bodies.values();
    expect(two).toBe(one);
    expect(more).toEqual([]);
    for (const log of [first.log, ...second.logLines]) expect(log).not.toContain(TOKEN);
  });
});

describe('SIGTERM during a request', () => {
  it('waits for the answer and writes it down', async () => {
    const only = await workers.startProcess();
    await workers.configure(workers.newPixel());
    let answer: (() => void) | undefined;
    workers.listener.reply = (_pixel, accept) => (answer = accept);
    await workers.convert(workers.newConversions(1));
    await eventually(() => expect(answer).toBeDefined());
    const ended = only.end('SIGTERM');
    await eventually(() => expect(only.log).toContain('shutting down'));
    answer?.();
    expect(await ended).toBe(0);
    expect(await workers.countIn('accepted')).toBe(1);
  });
});
