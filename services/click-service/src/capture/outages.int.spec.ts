import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { linkKeyOf, newClickId } from '@clickjoin/contracts';
import { startKafka, type RunningKafka } from '@clickjoin/dev-stack';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import { eventually, produce, readAll, TcpProxy, testInfra, uniquePrefix } from '@clickjoin/testing';
import { ask, Installation, metricOf, post, stockOf, type Service } from '../installation.fixture';

/** `CLICK_AWAY_SECONDS=60 CLICK_PER_SECOND=100 CLICK_FIGURES=1` is the long run of the README. */
const AWAY_SECONDS = Number(process.env.CLICK_AWAY_SECONDS ?? 10);
const PER_SECOND = Number(process.env.CLICK_PER_SECOND ?? 60);

const say = (text: string): unknown => process.env.CLICK_FIGURES && process.stderr.write(text);

interface Visitor {
  readonly mark: string;
  readonly status: number;
  readonly link: string;
}

/** A Kafka and a way to PostgreSQL that can be taken away. */
class Fragile {
  static async start(sandbox: Sandbox, env: Readonly<Record<string, string>> = {}) {
    const dataDir = await mkdtemp(join(tmpdir(), 'clickjoin-click-'));
    const kafkaProxy = await TcpProxy.listen();
    const kafka = await startKafka({ dataDir, advertisedPort: kafkaProxy.port, heapMb: 256 });
    kafkaProxy.targetPort = kafka.port;
    const server = new URL(testInfra().databaseUrl);
    const databaseProxy = await TcpProxy.listen(Number(server.port), 'raw');
    server.port = String(databaseProxy.port);
    const installation = new Installation({
      brokers: `127.0.0.1:${kafkaProxy.port}`,
      databaseUrl: server.toString(),
      prefix: uniquePrefix('outage'),
      telegram: sandbox.telegram,
      telegramApiUrl: sandbox.telegramApiUrl,
      produce,
      readAll,
    });
    const service = await installation.start(env);
    await installation.setUpSite();
    return new Fragile(dataDir, kafka, kafkaProxy, databaseProxy, installation, service);
  }

  private constructor(
    private readonly dataDir: string,
    private readonly kafka: RunningKafka,
    readonly kafkaProxy: TcpProxy,
    readonly databaseProxy: TcpProxy,
    readonly installation: Installation,
    readonly service: Service,
  ) {}

  takeAway(proxy: TcpProxy): void {
    proxy.refuse();
    proxy.cut();
  }

  async close(): Promise<void> {
    this.kafkaProxy.accept();
    this.databaseProxy.accept();
    await this.installation.close(testInfra().databaseUrl);
    await this.kafka.stop();
    await this.kafkaProxy.close();
    await this.databaseProxy.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

describe('click-service while others are away', () => {
  let sandbox: Sandbox;
  let fragile: Fragile;
  let service: Service;

  beforeAll(async () => {
    sandbox = await startSandbox();
    fragile = await Fragile.start(sandbox, {
      PUBLISH_DEADLINE_MS: '1000',
      // A busy machine is slow, and what is lost to that is not what is tried here.
      SPOOL_DEADLINE_MS: '8000',
      SITE_CLICKS_PER_SECOND: '0',
    });
    ({ service } = fragile);
  });
  afterAll(async () => {
    await fragile.close();
    await sandbox.close();
  });

  const stocked = (slug: string) =>
    eventually(
      async () => {
        const stock = await stockOf(service, slug);
        expect(stock).toMatchObject({ hasFallback: true });
        expect(stock.heldHere).toBeGreaterThanOrEqual(20);
      },
      { timeoutMs: 20_000 },
    );
  /** Half of them by the link, half by the API. */
  const visit = async (slug: string, index: number): Promise<Visitor> => {
    if (index % 2 === 0) {
      const mark = randomUUID();
      const { status, location } = await ask(service, `/c/${slug}?ttclid=${mark}`);
      return { mark, status, link: location ?? '' };
    }
    const mark = newClickId();
    const { status, body } = await post<{ link?: string }>(service, '/v1/clicks', { slug, clickId: mark });
    return { mark, status, link: body.link ?? '' };
  };
  const marksInLog = async () => {
    const clicks = await fragile.installation.clicks();
    return new Map(
      clicks.flatMap((click) => [[click.clickId, click] as const, [click.ad.ttclid ?? '', click] as const]),
    );
  };

  it(`Kafka away for ${AWAY_SECONDS} s under load: every click that was answered is in the log afterwards`, async () => {
    const { installation, kafkaProxy } = fragile;
    const { channel } = await installation.setUpChannel('spool');
    await stocked('spool');
    await installation.stockUp(channel, (AWAY_SECONDS + 10) * PER_SECOND);
    const visitors: Promise<Visitor>[] = [];
    const startedAt = performance.now();
    let waiting = 0;
    const load = setInterval(() => {
      const due = ((performance.now() - startedAt) / 1_000) * PER_SECOND;
      // A machine that is busy otherwise can't open thousands of connections.
      while (visitors.length < due && waiting < 500) {
        waiting += 1;
        visitors.push(visit('spool', visitors.length).finally(() => (waiting -= 1)));
      }
    }, 5);
    await eventually(() => expect(visitors.length).toBeGreaterThan(PER_SECOND), { timeoutMs: 30_000 });
    fragile.takeAway(kafkaProxy);
    await pause(AWAY_SECONDS * 1_000);
    kafkaProxy.accept();
    const backAt = performance.now();
    // Some more after it, so that the way back is under load too.
    await pause(2_000);
    clearInterval(load);
    const all = await Promise.all(visitors);

    expect(await metricOf(service, 'clickjoin_click_recorded_total', 'where="spool"')).toBeGreaterThan(0);
    expect(await metricOf(service, 'clickjoin_click_recorded_total', 'where="lost"')).toBe(0);
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([202, 302]));
    const found = await eventually(
      async () => {
        const log = await marksInLog();
        expect(all.filter(({ mark }) => !log.has(mark))).toEqual([]);
        return log;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const recoveredMs = Math.round(performance.now() - backAt);
    const spooled = await metricOf(service, 'clickjoin_click_recorded_total', 'where="spool"');
    say(
      `Kafka away ${AWAY_SECONDS} s: ${all.length} answered, ${spooled} spooled, all in the log ${recoveredMs} ms after it came back\n`,
    );
    for (const { mark, link } of all) expect(found.get(mark)?.linkKey).toBe(linkKeyOf(link));
    await eventually(async () => expect(await installation.query('SELECT id FROM outbox')).toEqual([]));
    const own = all.filter(({ mark }) => found.get(mark)?.linkKind === 'stock').map(({ link }) => link);
    expect(new Set(own).size).toBe(own.length);
  });

  it('Kafka and PostgreSQL away: people go on, the API says 503, and what is lost is counted', async () => {
    await fragile.installation.setUpChannel('both');
    await stocked('both');
    const lostBefore = await metricOf(service, 'clickjoin_click_recorded_total', 'where="lost"');
    fragile.takeAway(fragile.kafkaProxy);
    fragile.takeAway(fragile.databaseProxy);
    try {
      const people = await Promise.all(
        Array.from({ length: 5 }, () => ask(service, `/c/both?ttclid=${randomUUID()}`)),
      );
      expect(people.map(({ status }) => status)).toEqual(people.map(() => 302));
      expect(new Set(people.map(({ location }) => location)).size).toBe(5);
      const clickId = newClickId();
      const call = await post<{ link?: string }>(service, '/v1/clicks', { slug: 'both', clickId });
      expect([call.status, call.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await metricOf(service, 'clickjoin_click_recorded_total', 'where="lost"')).toBe(lostBefore + 6);
      fragile.kafkaProxy.accept();
      fragile.databaseProxy.accept();
      const again = await eventually(
        async () => {
          const answer = await post(service, '/v1/clicks', { slug: 'both', clickId });
          expect(answer.status).toBe(202);
          return answer;
        },
        { timeoutMs: 30_000, everyMs: 250 },
      );
      expect(again.status).toBe(202);
      await eventually(
        async () => expect((await marksInLog()).get(clickId)).toMatchObject({ slug: 'both' }),
        { timeoutMs: 60_000, everyMs: 500 },
      );
    } finally {
      fragile.kafkaProxy.accept();
      fragile.databaseProxy.accept();
    }
  });

  it('more at once than can be kept: people share a link, the API says when to come again, and then all is as before', async () => {
    const { installation } = fragile;
    const { channel } = await installation.setUpChannel('storm');
    await installation.stockUp(channel, 600);
    const narrow = await installation.start({
      MAX_IN_FLIGHT: '20',
      SITE_CLICKS_PER_SECOND: '0',
      // Longer than Kafka stands still below, however slow the machine.
      PUBLISH_DEADLINE_MS: '60000',
    });
    await eventually(async () => {
      const stock = await stockOf(narrow, 'storm');
      expect(stock.hasFallback).toBe(true);
      expect(stock.heldHere).toBeGreaterThan(0);
    });
    // Kafka stands still for a moment, so that what comes piles up.
    fragile.kafkaProxy.pause();
    const storming = Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        if (index % 2 === 0) {
          const mark = randomUUID();
          const { status, location } = await ask(narrow, `/c/storm?ttclid=${mark}`);
          return { mark, status, link: location, retryAfter: null };
        }
        const mark = newClickId();
        const { status, headers, body } = await post<{ link?: string }>(narrow, '/v1/clicks', {
          slug: 'storm',
          clickId: mark,
        });
        return { mark, status, link: body.link ?? null, retryAfter: headers.get('retry-after') };
      }),
    );
    await eventually(
      async () => expect(await metricOf(narrow, 'clickjoin_click_shed_total')).toBeGreaterThan(100),
      { timeoutMs: 60_000 },
    );
    fragile.kafkaProxy.resume();
    const storm = await storming;
    const log = await eventually(async () => {
      const found = await marksInLog();
      const kept = storm.filter(({ status }) => status === 202);
      expect(kept.every(({ mark }) => found.has(mark))).toBe(true);
      return found;
    });
    const refused = storm.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ retryAfter }) => retryAfter === '1')).toBe(true);
    expect(refused.filter(({ mark }) => log.has(mark))).toEqual([]);
    const answered = storm.filter(({ status }) => status !== 503);
    expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([202, 302]));
    const shared = (await ask(narrow, '/c/storm', { headers: { 'user-agent': 'WhatsApp/2' } })).text;
    for (const { mark, status, link } of answered) {
      expect(link).toMatch(/^https:\/\/t\.me\/\+/);
      // Counted, by what its visitor was shown; or not counted, and led by the shared link.
      if (log.has(mark)) expect(log.get(mark)?.linkKey).toBe(linkKeyOf(link ?? ''));
      else expect([status, shared.includes(`href="${link}"`)]).toEqual([302, true]);
    }
    expect(await metricOf(narrow, 'clickjoin_click_shed_total')).toBe(
      storm.filter(({ mark }) => !log.has(mark)).length,
    );
    expect(await metricOf(narrow, 'clickjoin_click_in_flight')).toBe(0);
    expect((await post(narrow, '/v1/clicks', { slug: 'storm', clickId: newClickId() })).status).toBe(202);
  });
});
