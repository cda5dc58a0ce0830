import { join } from 'node:path';
import {
  startKafka,
  startPostgres,
  temporaryFolder,
  type RunningKafka,
  type RunningPostgres,
  type TemporaryFolder,
} from '@clickjoin/dev-stack';
import { tiktokEventIdOf } from '@clickjoin/contracts';
import { eventually } from '@clickjoin/testing';
import { Logger } from '@nestjs/common';
import { Installation, metricOf } from './installation';
import { changed, recordOf } from './invented';
import { mostWithin, TikTokListener } from './tiktok-listener';

/** The service as processes, with real Kafka and PostgreSQL, that come and go while TikTok answers as it likes. */
const PATIENCE_MS = 60_000;

let folder: TemporaryFolder;
let kafka: RunningKafka;
let postgres: RunningPostgres;
let tiktok: TikTokListener;
let installation: Installation;

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = await temporaryFolder('dispatchers');
  [kafka, postgres] = await Promise.all([
    startKafka({ dataDir: join(folder.path, 'kafka'), heapMb: 384 }),
    startPostgres({ dataDir: join(folder.path, 'postgres'), durable: false }),
  ]);
});

beforeEach(async () => {
  tiktok = await TikTokListener.start();
});

afterEach(async () => {
  await installation.close();
  await tiktok.close();
});

afterAll(async () => {
  await Promise.all([kafka.kill('SIGKILL'), postgres.stop('immediate')]);
  await folder.remove();
});

async function open(settings: Readonly<Record<string, string>> = {}): Promise<void> {
  installation = await Installation.open(
    { brokers: kafka.brokers, databaseUrl: postgres.url, tiktokApiUrl: tiktok.url },
    settings,
  );
}

/** Waits for it, and shows what the processes said when it doesn't come. */
async function soon<T>(assertion: () => T | Promise<T>): Promise<T> {
  return eventually(assertion, { timeoutMs: PATIENCE_MS, everyMs: 100 }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${installation.lastWords}`);
  });
}

const accepted = (pixelId?: string): Promise<number> =>
  installation.states(pixelId).then(({ accepted: count = 0 }) => count);

describe('the rate limit', () => {
  const PER_SECOND = 50;
  const ACCEPTED = 'clickjoin_dispatcher_attempts_total';

  it('is kept exactly by two processes and a restart in the middle, and used', async () => {
    await open({ MAX_REQUESTS_PER_SECOND: String(PER_SECOND) });
    // Test events travel alone: a request for each conversion.
    const site = await installation.newSite({ testEventCode: 'TEST11' });
    const [one, two] = await Promise.all([installation.started(), installation.started()]);
    await installation.convert(site, 200);
    await soon(async () => {
      for (const instance of [one, two])
        expect(await metricOf(instance, ACCEPTED, 'verdict="accepted"')).toBeGreaterThan(0);
    });
    const beforeRestart = tiktok.received.length;
    await one.restart();
    await installation.convert(site, 150);
    await soon(async () => expect(await accepted()).toBe(350));

    expect(beforeRestart).toBeLessThan(200);
    expect(await metricOf(one, ACCEPTED, 'verdict="accepted"')).toBeGreaterThan(0);
    expect(tiktok.received).toHaveLength(350);
    // The limiter's own promise: no second, wherever it begins, has more than the rate.
    const most = mostWithin(tiktok.received, 1_000);
    expect(most).toBeLessThanOrEqual(PER_SECOND);
    // And what it allows is used: its permits are a tenth further apart than the rate, so that one may be late.
    expect(most).toBeGreaterThan(0.7 * PER_SECOND);
  });
});

describe('a pixel that hangs and one that fails', () => {
  it('leave the others alone', async () => {
    // Few slots, so that they would be short if these two were let have them; longer than the test, so that it hangs.
    await open({ MAX_IN_FLIGHT: '8', MAX_IN_FLIGHT_PER_PIXEL: '4', REQUEST_TIMEOUT_MS: '60000' });
    const [hanging, failing, well] = [
      await installation.newSite(),
      await installation.newSite(),
      await installation.newSite(),
    ];
    await installation.started();
    tiktok.reply = (pixelCode) => {
      if (pixelCode === hanging.pixel.pixelCode) return 'hang';
      return pixelCode === failing.pixel.pixelCode ? 'fail' : 'accept';
    };
    await installation.convert(hanging, 40);
    await installation.convert(failing, 40);
    await soon(() => {
      expect(tiktok.hangs).toBeGreaterThan(0);
      expect(tiktok.of(failing.pixel.pixelCode).length).toBeGreaterThan(3);
    });
    const hung = tiktok.hangs;

    await installation.convert(well, 200);
    await soon(async () => expect(await accepted(well.pixel.pixelId)).toBe(200));
    // None of the others has moved meanwhile: the healthy one did not wait for them.
    expect(tiktok.hangs).toBeGreaterThanOrEqual(hung);
    expect(await accepted(hanging.pixel.pixelId)).toBe(0);
    expect(await accepted(failing.pixel.pixelId)).toBe(0);
    expect((await installation.states(hanging.pixel.pixelId)).sending).toBeGreaterThan(0);

    tiktok.reply = () => 'accept';
    tiktok.release();
    await soon(async () => expect(await installation.states()).toEqual({ accepted: 280 }));
  });
});

describe('kill -9 of one of two processes, with requests under way and a TikTok that fails', () => {
  it('repeats only what was left without an answer, and each conversion is counted once', async () => {
    // The lease would last two minutes: the other one notices the end of the process.
    // One request of a pixel for each process, so that neither can take all that there is.
    await open({ REQUEST_TIMEOUT_MS: '60000', LEASE_MARGIN_MS: '60000', MAX_IN_FLIGHT_PER_PIXEL: '1' });
    const sites = [await installation.newSite(), await installation.newSite({ wireFormat: '2.0' })];
    const [doomed] = await Promise.all([installation.started(), installation.started()]);
    tiktok.reply = () => 'hang';
    const convert = async (count: number): Promise<string[]> =>
      (await Promise.all(sites.map((site) => installation.convert(site, count))))
        .flat()
        .map(({ conversionId }) => tiktokEventIdOf(conversionId));
    const ids = await convert(200);
    await soon(async () => {
      expect(await metricOf(doomed, 'clickjoin_dispatcher_in_flight_requests')).toBeGreaterThan(0);
    });
    tiktok.reply = (_pixelCode, request) => {
      if (request % 5 === 4) return 'fail';
      return request % 7 === 6 ? 'lose' : 'accept';
    };
    // TikTok counts what it holds, and the process has no time to write the answers down.
    tiktok.release();
    await doomed.kill('SIGKILL');
    ids.push(...(await convert(40)));
    await doomed.start();
    await soon(async () => expect(await installation.states()).toEqual({ accepted: ids.length }));

    expect([...tiktok.counted.keys()].sort()).toEqual([...ids].sort());
    expect(tiktok.overlaps).toEqual([]);
    const attempts = await installation.attempts();
    const interrupted = new Set(
      attempts
        .filter(({ explanation }) => explanation?.includes('was interrupted'))
        .map(({ event_id }) => event_id),
    );
    // Else nothing was under way, and this proves nothing.
    expect(interrupted.size).toBeGreaterThan(0);
    for (const id of ids) {
      const own = attempts.filter(({ event_id }) => event_id === id);
      const received = tiktok.received.filter(({ eventIds }) => eventIds.includes(id));
      // One acceptance, and nothing after it.
      expect(own.map(({ verdict }) => verdict).indexOf('accepted')).toBe(own.length - 1);
      expect(received.length).toBeLessThanOrEqual(own.length);
      // Beyond the one that was accepted, TikTok has counted it only where its answer was lost.
      const unanswered = own.filter(({ verdict }) => verdict === 'unknown').length;
      expect((tiktok.counted.get(id) ?? 0) - 1).toBeLessThanOrEqual(unanswered);
      const answered = received.filter(({ reply }) => reply === 'accept').length;
      if (answered > 1) expect(interrupted).toContain(id);
    }
  });
});

describe('a restart after the settings of channel and pixel were changed', () => {
  it('sends the same bytes again', async () => {
    await open();
    const site = await installation.newSite();
    const first = await installation.started();
    tiktok.reply = () => 'fail';
    const [conversion] = await installation.convert(site, 1);
    await soon(() => expect(tiktok.received.length).toBeGreaterThan(0));
    await first.stop();
    const attemptsBefore = tiktok.received.length;

    await installation.publish(
      recordOf.pixel(changed(site.pixel, { version: 2, wireFormat: '2.0' })),
      recordOf.channel(
        changed(site.channel, { version: 2, eventType: 'Purchase', value: 99, contentName: 'Another' }),
      ),
    );
    await first.start();
    await soon(() => expect(tiktok.received.length).toBeGreaterThan(attemptsBefore));
    tiktok.reply = () => 'accept';
    await soon(async () => expect(await accepted()).toBe(1));
    const [original, ...repeats] = tiktok.received.map(({ path, body }) => `${path} ${body}`);
    expect(original).toContain('CompleteRegistration');
    expect(new Set(repeats)).toEqual(new Set([original]));
    expect(repeats.length).toBeGreaterThanOrEqual(attemptsBefore);
    expect(tiktok.counted).toEqual(new Map([[tiktokEventIdOf(conversion?.conversionId ?? ''), 1]]));

    // The change is for those that come after it.
    await installation.convert(site, 1);
    await soon(async () => expect(await accepted()).toBe(2));
    expect(tiktok.received.at(-1)).toMatchObject({ path: '/event/track/' });
    expect(tiktok.received.at(-1)?.body).toContain('"event":"Purchase"');
  });
});
