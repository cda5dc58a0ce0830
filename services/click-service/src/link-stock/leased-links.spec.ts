import { LeasedLinks } from './leased-links';
import type { StockLink } from './stock-link';

const OWNER = { chatId: '-1001', botId: '7', form: 'open' } as const;
const WINDOW_MS = 1_000;
let now = 0;
const link = (key: string, expiresAt = 1e9): StockLink => ({
  linkKey: key,
  url: `https://t.me/+${key}`,
  expiresAt,
});

describe('LeasedLinks', () => {
  let links: LeasedLinks;
  beforeEach(() => {
    now = 10_000;
    links = new LeasedLinks({ now: () => now }, WINDOW_MS);
  });

  it('gives each link once, in order, and then none', () => {
    links.add(OWNER, [link('a'), link('b')]);
    expect([links.take(OWNER), links.take(OWNER), links.take(OWNER)].map((taken) => taken?.linkKey)).toEqual([
      'a',
      'b',
      undefined,
    ]);
    expect(links.handedOut(OWNER)).toBe(2);
  });

  it("never gives one bot's links for another bot's channel", () => {
    links.add(OWNER, [link('a')]);
    expect(links.take({ ...OWNER, botId: '8' })).toBeUndefined();
  });

  it('never gives a link that would expire within the window', () => {
    links.add(OWNER, [link('old', now + WINDOW_MS), link('good', now + WINDOW_MS + 1)]);
    expect(links.take(OWNER)?.linkKey).toBe('good');
  });

  it('measures demand, also the unmet, and forgets it', () => {
    for (let count = 0; count < 150; count++) {
      links.take(OWNER);
      now += 100;
    }
    expect(links.demand(OWNER)).toBeGreaterThan(5);
    expect(links.demand(OWNER)).toBeLessThan(12);
    now += 120_000;
    expect(links.demand(OWNER)).toBeLessThan(0.1);
  });

  it('after closing gives nothing and takes nothing: all is on its way back', () => {
    links.add(OWNER, [link('a'), link('b')]);
    links.take(OWNER);
    expect(links.close()).toEqual([{ owner: OWNER, links: [link('b')] }]);
    expect(links.add(OWNER, [link('c')])).toBe(false);
    expect(links.take(OWNER)).toBeUndefined();
    expect(links.close()).toEqual([]);
  });

  it('takes out what belongs to nobody any more', () => {
    const other = { ...OWNER, chatId: '-1002' };
    links.add(OWNER, [link('a')]);
    links.add(other, [link('b')]);
    expect(links.removeAllBut([other])).toEqual([{ owner: OWNER, links: [link('a')] }]);
    expect(links.held(OWNER)).toBe(0);
    expect(links.held(other)).toBe(1);
  });
});
