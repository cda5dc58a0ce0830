import { join } from 'node:path';
import { linkKeyOf, newClickId } from '@clickjoin/contracts';
import { freePorts } from '@clickjoin/dev-stack';
import { startSandbox, type Sandbox } from '@clickjoin/sandbox';
import {
  eventually,
  produce,
  readAll,
  spawnSource,
  testInfra,
  uniquePrefix,
  type SourceProcess,
} from '@clickjoin/testing';
import { ask, Installation, post, stockOf } from '../installation.fixture';

const SLUG = 'killed';
/** Two processes compile the service from source: on a busy machine that takes its time. */
jest.setTimeout(300_000);
const VISITORS = 400;
const say = (text: string): unknown => process.env.CLICK_FIGURES && process.stderr.write(text);

describe('kill -9 of one of two instances under load', () => {
  let sandbox: Sandbox;
  let installation: Installation;
  const processes: SourceProcess[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox();
    installation = new Installation({
      ...testInfra(),
      prefix: uniquePrefix('killed'),
      telegram: sandbox.telegram,
      telegramApiUrl: sandbox.telegramApiUrl,
      produce,
      readAll,
    });
  });

  afterAll(async () => {
    for (const child of processes) child.kill('SIGKILL');
    await installation.close();
    await sandbox.close();
  });

  const launch = (port: number): { url: string; child: SourceProcess } => {
    const child = spawnSource(join(__dirname, '..', 'main.ts'), [], installation.env({ PORT: String(port) }));
    child.stdout.resume();
    child.stderr.resume();
    processes.push(child);
    return { url: `http://127.0.0.1:${port}`, child };
  };

  it('hands no link to two people, loses no answered click, and repeats an answer by its clickId', async () => {
    const [one, two] = (await freePorts(2)).map(launch) as [
      ReturnType<typeof launch>,
      ReturnType<typeof launch>,
    ];
    await eventually(async () => expect((await ask(one, '/health/ready')).status).toBe(200), {
      timeoutMs: 100_000,
      everyMs: 250,
    });
    await installation.setUpSite();
    const { channel } = await installation.setUpChannel(SLUG);
    await installation.stockUp(channel, 2 * VISITORS);
    for (const instance of [one, two]) {
      await eventually(async () => expect((await stockOf(instance, SLUG)).heldHere).toBeGreaterThan(0), {
        timeoutMs: 100_000,
        everyMs: 250,
      });
    }

    const answers: { readonly visitor: string; readonly link: string }[] = [];
    let unanswered = 0;
    /** A visitor who gets no answer asks the other instance: by the API with the same clickId. */
    const visit = async (index: number): Promise<void> => {
      const visitor = newClickId();
      const byApi = index % 2 === 0;
      for (const instance of index % 3 === 0 ? [one, two] : [two, one]) {
        try {
          const link = byApi
            ? (
                await post<{ link: string }>(instance, '/v1/clicks', {
                  slug: SLUG,
                  clickId: visitor,
                  ttclid: visitor,
                })
              ).body.link
            : (await ask(instance, `/c/${SLUG}?ttclid=${visitor}`)).location;
          answers.push({ visitor, link: link ?? '' });
          if (!byApi) return;
        } catch {
          unanswered += 1;
        }
      }
    };
    for (let begun = 0; begun < VISITORS; begun += 40) {
      const round = Array.from({ length: 40 }, (_, index) => visit(begun + index));
      if (begun === VISITORS / 2) one.child.kill('SIGKILL');
      await Promise.all(round);
    }

    expect(unanswered).toBeGreaterThan(0);
    expect(answers.length).toBeGreaterThan(VISITORS);
    const visitorsOf = new Map<string, Set<string>>();
    for (const { visitor, link } of answers) {
      expect(link).toMatch(/^https:\/\/t\.me\/\+/);
      visitorsOf.set(link, (visitorsOf.get(link) ?? new Set()).add(visitor));
    }
    const clicks = await installation.clicks();
    const kindOf = new Map(clicks.map(({ linkKey, linkKind }) => [linkKey, linkKind]));
    for (const [link, visitors] of visitorsOf) {
      if (kindOf.get(linkKeyOf(link)) === 'stock') expect([...visitors]).toHaveLength(1);
    }
    // By the API both instances were asked: one link a visitor, while both could be.
    const linksOf = new Map<string, Set<string>>();
    for (const { visitor, link } of answers) {
      linksOf.set(visitor, (linksOf.get(visitor) ?? new Set()).add(link));
    }
    expect([...linksOf.values()].filter((links) => links.size > 1)).toEqual([]);
    // What was answered is in the topic, by the link that was shown.
    const inLog = new Set(clicks.map(({ ad, linkKey }) => `${ad.ttclid} ${linkKey}`));
    expect(answers.filter(({ visitor, link }) => !inLog.has(`${visitor} ${linkKeyOf(link)}`))).toEqual([]);
    const owners = new Map<string, Set<string>>();
    for (const { linkKind, linkKey = '', ad } of clicks) {
      if (linkKind === 'stock') owners.set(linkKey, (owners.get(linkKey) ?? new Set()).add(ad.ttclid ?? ''));
    }
    expect([...owners.values()].filter((visitors) => visitors.size > 1)).toEqual([]);
    say(
      `kill -9: ${answers.length} answers, ${unanswered} calls without one, ${owners.size} own links, each one visitor's\n`,
    );
  });
});
