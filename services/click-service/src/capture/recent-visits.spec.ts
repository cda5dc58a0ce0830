import { FakeClock } from '@clickjoin/testing';
import { RecentVisits, visitorKey } from './recent-visits';

const CHANNEL = { slug: 'summer', chatId: '-1001', botId: '7', linkMode: 'invite-link' } as const;
const VISITOR = { channel: CHANNEL, ip: '203.0.113.5', userAgent: 'Browser/1', ttclid: 'E.C.P.1' };
const VISIT = { location: 'https://t.me/+AbCd', linkKind: 'stock' } as const;

describe('RecentVisits', () => {
  it('remembers for its time and no longer', () => {
    const clock = new FakeClock();
    const recent = new RecentVisits<object>(600_000, clock);
    recent.remember('key', VISIT);
    clock.advance(599_999);
    expect(recent.find('key')).toEqual(VISIT);
    clock.advance(2);
    expect(recent.find('key')).toBeUndefined();
  });

  it('can be switched off', () => {
    const recent = new RecentVisits<object>(0, new FakeClock());
    recent.remember('key', VISIT);
    expect(recent.find('key')).toBeUndefined();
  });

  it('keeps no personal data in its keys', () => {
    expect(visitorKey(VISITOR)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it.each([
    { name: 'ttclid', other: { ttclid: 'E.C.P.2' } },
    { name: 'no ttclid', other: { ttclid: undefined } },
    { name: 'address', other: { ip: '203.0.113.6' } },
    { name: 'browser', other: { userAgent: 'Browser/2' } },
    { name: 'slug', other: { channel: { ...CHANNEL, slug: 'winter' } } },
    { name: 'channel of the slug', other: { channel: { ...CHANNEL, chatId: '-1002' } } },
    { name: 'bot', other: { channel: { ...CHANNEL, botId: '8' } } },
    {
      name: 'kind of link',
      other: { channel: { ...CHANNEL, linkMode: 'bot-start-link' as const } },
    },
  ])('another $name is another visitor', ({ other }) => {
    expect(visitorKey({ ...VISITOR, ...other })).not.toBe(visitorKey(VISITOR));
  });
});
