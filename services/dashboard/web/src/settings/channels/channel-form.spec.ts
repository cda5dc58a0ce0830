import { ATTRIBUTION_BOUNDS, CUSTOM_EVENT_NAME, SLUG } from '@clickjoin/contracts';
import { CHANNEL_RULES, setupOf, slugOf, type ChannelValues } from './channel-form';

const VALUES: ChannelValues = {
  slug: 'acme',
  eventType: 'Subscribe',
  customEventName: '',
  value: '',
  currency: 'USD',
  contentName: ' ',
  linkMode: 'invite-link',
  joinRequests: 'off',
  windowDays: '',
  graceSeconds: '',
};

describe('slugOf', () => {
  it.each([
    ['Acme — VIP signals!', 'acme-vip-signals'],
    ['Ça été', 'ca-ete'],
    // Nothing of it can stand in an address.
    ['قناة 🔥', 'join'],
    ['a'.repeat(39) + ' bc', 'a'.repeat(39)],
  ])('makes of %j %j', (title, slug) => {
    expect(slugOf(title)).toBe(slug);
    expect(slugOf(title)).toMatch(SLUG);
  });
});

describe('setupOf', () => {
  it('leaves unset what is empty', () =>
    expect(setupOf('site', VALUES, null)).toEqual({
      siteId: 'site',
      slug: 'acme',
      eventType: 'Subscribe',
      customEventName: null,
      value: null,
      currency: null,
      contentName: null,
      linkMode: 'invite-link',
      joinRequests: 'off',
    }));

  it('does not send the name of a custom event beside a standard one', () =>
    expect(setupOf('site', { ...VALUES, customEventName: 'VipJoin' }, null).customEventName).toBeNull());

  it('sends a value of 0, with the currency', () =>
    expect(setupOf('site', { ...VALUES, value: 0, currency: 'EUR' }, null)).toMatchObject({
      value: 0,
      currency: 'EUR',
    }));

  it('keeps a tolerance that only the API can set', () =>
    expect(setupOf('site', { ...VALUES, windowDays: 7 }, 5_000).attribution).toEqual({
      windowMs: 604_800_000,
      toleranceMs: 5_000,
    }));

  it('never leaves people waiting at a link with join requests', () =>
    expect(setupOf('site', { ...VALUES, linkMode: 'join-request-link' }, null).joinRequests).toBe(
      'approve-tracked',
    ));
});

describe('CHANNEL_RULES', () => {
  it('agree with the contracts', () => {
    for (const slug of ['a', 'a-b', '-a', 'a-', 'A', 'a b', 'x'.repeat(65)])
      expect({ slug, isRefused: CHANNEL_RULES.slug(slug) !== null }).toEqual({
        slug,
        isRefused: !SLUG.test(slug),
      });
    for (const name of ['Vip', '1vip', 'a b', 'x'.repeat(51)])
      expect(CHANNEL_RULES.customEventName(name, { ...VALUES, eventType: 'Custom' }) !== null).toBe(
        !CUSTOM_EVENT_NAME.test(name),
      );
    const { windowMs, graceMs } = ATTRIBUTION_BOUNDS;
    expect(CHANNEL_RULES.windowDays(windowMs.max / 86_400_000)).toBeNull();
    expect(CHANNEL_RULES.windowDays(windowMs.max / 86_400_000 + 1)).not.toBeNull();
    expect(CHANNEL_RULES.windowDays(windowMs.min / 86_400_000)).toBeNull();
    expect(CHANNEL_RULES.graceSeconds(graceMs.max / 1000)).toBeNull();
    expect(CHANNEL_RULES.graceSeconds(graceMs.max / 1000 + 1)).not.toBeNull();
    expect(CHANNEL_RULES.graceSeconds(0)).not.toBeNull();
  });

  it('ask for a name only where it is a custom event', () => {
    expect(CHANNEL_RULES.customEventName('', VALUES)).toBeNull();
    expect(CHANNEL_RULES.customEventName('', { ...VALUES, eventType: 'Custom' })).not.toBeNull();
  });
});
