import { TRACKER_DEFAULTS, type ChannelConfigured } from '@clickjoin/contracts';
import { siteSettingsOf } from './site-settings';

const SITE = '5f0c2c52-0e5e-4a5e-9d0b-2f4e3c1d7a10';
const channel = (slug: string, facts: Partial<ChannelConfigured> = {}): ChannelConfigured => ({
  version: 1,
  configuredAt: '2026-01-01T00:00:00.000Z',
  chatId: '-1001',
  siteId: SITE,
  botId: '7000000001',
  slug,
  chat: { type: 'channel', title: slug, isPublic: true },
  eventType: 'Lead',
  ...facts,
});

it('names the channels of this site only, in an order that does not change', () => {
  const channels = [channel('b'), channel('a'), channel('c', { siteId: 'another' })];
  const { channels: told } = siteSettingsOf({ siteId: SITE }, channels);
  expect(told.map(({ slug }) => slug)).toEqual(['a', 'b']);
});

it('names a public channel as people write it, and nothing of a private one', () => {
  const { channels } = siteSettingsOf({ siteId: SITE }, [
    channel('open', { username: 'My_Channel' }),
    channel('secret'),
  ]);
  expect(channels).toEqual([
    {
      slug: 'open',
      hrefs: [
        't.me/my_channel',
        'telegram.me/my_channel',
        'telegram.dog/my_channel',
        'my_channel.t.me',
        'tg://resolve?domain=my_channel',
      ],
    },
    { slug: 'secret', hrefs: [] },
  ]);
});

it.each(['', 'x', '../evil', 'name with blank', 'name?x=1'])(
  'takes no address from the username "%s"',
  (username) => {
    expect(siteSettingsOf({ siteId: SITE }, [channel('odd', { username })]).channels).toEqual([
      { slug: 'odd', hrefs: [] },
    ]);
  },
);

it('has defaults, and tells no channels once it is switched off', () => {
  expect(siteSettingsOf({ siteId: SITE }, [])).toEqual({ ...TRACKER_DEFAULTS, channels: [] });
  const tracker = { isEnabled: false, keepDays: 7, needsConsent: true, respectsDoNotTrack: true };
  expect(siteSettingsOf({ siteId: SITE, tracker }, [channel('a')])).toEqual({ ...tracker, channels: [] });
});
