import type { ChannelConfigured } from '@clickjoin/contracts';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { FakeClock } from '@clickjoin/testing';
import { Admission } from '../admission/admission';
import { ClickServiceConfig } from '../config';
import { ClickMetrics } from '../metrics';
import { CaptureService, type PersonVisit } from './capture.service';
import type { ClickIdStore } from './click-id.store';
import { ClickIds } from './click-ids';
import type { ClickLog, Recorded } from './click-log';
import type { WaysIn } from './ways-in';

const CLICK_ID = '01890000-0000-7000-8000-000000000000';
const CHANNEL: Partial<ChannelConfigured> = { slug: 'summer', chatId: '-1001', botId: '7', siteId: CLICK_ID };
const VISIT: PersonVisit = {
  channel: CHANNEL as ChannelConfigured,
  facts: { ad: { ttclid: 'E.C.P.1' }, page: {}, ttp: undefined, userAgent: 'Browser/1', dropped: [] },
  ip: '203.0.113.5',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

describe('CaptureService', () => {
  /** The link of each click that was to be kept, in order. */
  let links: (string | undefined)[];
  /** What becomes of them; the last of it goes for the rest. */
  let fates: Promise<Recorded>[];
  let captures: CaptureService;

  beforeEach(() => {
    [links, fates] = [[], [Promise.resolve('log')]];
    let given = 0;
    const ways: Partial<WaysIn> = {
      find: () => {
        given += 1;
        return { linkKind: 'stock', location: `https://t.me/+${given}`, linkKey: `key-${given}` };
      },
      hasBetter: () => false,
    };
    const log: Partial<ClickLog> = {
      record: ({ linkKey }) => {
        links.push(linkKey);
        return fates[Math.min(links.length, fates.length) - 1] ?? Promise.resolve('lost');
      },
    };
    // As at an instance whose database is away: nobody but its memory knows of a clickId.
    const store: Partial<ClickIdStore> = { claim: () => Promise.resolve(new Map()) };
    const config = new ClickServiceConfig();
    const [metrics, clock] = [new ClickMetrics(new MetricsRegistry()), new FakeClock()];
    captures = new CaptureService(
      ways as WaysIn,
      log as ClickLog,
      new ClickIds(store as ClickIdStore, config, metrics, clock),
      new Admission(config, metrics, clock),
      metrics,
      config,
      clock,
    );
  });

  it('gives one link to all who repeat a clickId while its first call is being lost', async () => {
    let lose = (): void => undefined;
    fates = [new Promise((resolve) => (lose = () => resolve('lost'))), Promise.resolve('log')];
    const call = () => captures.capture({ ...VISIT, clickId: CLICK_ID });
    const calls = [call(), call(), call()];
    lose();
    const answers = await Promise.all(calls);
    expect(answers.map(({ kind }) => kind)).toEqual(['lost', 'captured', 'repeat']);
    expect(links).toEqual(['key-1', 'key-2']);
    expect(answers[2]).toEqual({ ...answers[1], kind: 'repeat' });
  });

  it('goes on by itself after each loss, one at a time', async () => {
    fates = [Promise.resolve('lost')];
    const call = () => captures.capture({ ...VISIT, clickId: CLICK_ID });
    const answers = await Promise.all([call(), call(), call()]);
    expect(answers.map(({ kind }) => kind)).toEqual(['lost', 'lost', 'lost']);
  });

  it.each([
    { what: 'the slug leads to another channel', change: { chatId: '-1002' } },
    { what: 'another bot makes the links', change: { botId: '8' } },
    { what: 'visitors go by the bot', change: { linkMode: 'bot-start-link' as const } },
  ])('repeats no answer from before $what', async ({ change }) => {
    const first = await captures.capture(VISIT);
    expect(await captures.capture(VISIT)).toEqual({ ...first, kind: 'repeat' });
    const channel = { ...CHANNEL, ...change };
    expect(await captures.capture({ ...VISIT, channel: channel as ChannelConfigured })).toMatchObject({
      kind: 'captured',
      location: 'https://t.me/+2',
    });
  });
});
