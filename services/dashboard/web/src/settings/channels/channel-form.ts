import type { components } from '../../api/schema';
import type { EventType } from '../../display/words';
import type { Channel } from './channels-query';

export type ChannelSetup = components['schemas']['ChannelSetupDto'];
export type LinkMode = NonNullable<ChannelSetup['linkMode']>;
export type Currency = NonNullable<ChannelSetup['currency']>;
export type JoinRequests = NonNullable<ChannelSetup['joinRequests']>;

/** What the dialog's fields hold. Empty: not set. */
export interface ChannelValues {
  slug: string;
  eventType: EventType;
  customEventName: string;
  value: number | '';
  currency: Currency;
  contentName: string;
  linkMode: LinkMode;
  joinRequests: JoinRequests;
  windowDays: number | '';
  graceSeconds: number | '';
}

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

export function valuesOf(channel: Channel): ChannelValues {
  const { windowMs, graceMs } = channel.attribution;
  return {
    slug: channel.slug ?? slugOf(channel.title),
    eventType: channel.eventType,
    customEventName: channel.customEventName ?? '',
    value: channel.value ?? '',
    // What was saved came from the closed list.
    currency: channel.currency as Currency,
    contentName: channel.contentName ?? '',
    linkMode: channel.linkMode,
    joinRequests: channel.joinRequests,
    windowDays: windowMs === null ? '' : windowMs / DAY_MS,
    graceSeconds: graceMs === null ? '' : graceMs / SECOND_MS,
  };
}

export function setupOf(siteId: string, values: ChannelValues, toleranceMs: number | null): ChannelSetup {
  const { slug, eventType, customEventName, value, currency, contentName, linkMode, joinRequests } = values;
  const attribution = {
    ...(values.windowDays === '' ? {} : { windowMs: Math.round(values.windowDays * DAY_MS) }),
    ...(values.graceSeconds === '' ? {} : { graceMs: Math.round(values.graceSeconds * SECOND_MS) }),
    // Set by API and not in the dialog: saving the dialog must not take it away.
    ...(toleranceMs === null ? {} : { toleranceMs }),
  };
  return {
    siteId,
    slug,
    eventType,
    customEventName: eventType === 'Custom' && customEventName.trim() !== '' ? customEventName : null,
    value: value === '' ? null : value,
    currency: value === '' && currency === 'USD' ? null : currency,
    contentName: contentName.trim() === '' ? null : contentName,
    linkMode,
    joinRequests:
      linkMode === 'join-request-link' && joinRequests === 'off' ? 'approve-tracked' : joinRequests,
    ...(Object.keys(attribution).length > 0 ? { attribution } : {}),
  };
}

/** A first proposal from the channel's title: `Acme — VIP signals!` → `acme-vip-signals`. */
export function slugOf(title: string): string {
  const words = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return words === '' ? 'join' : words;
}

/** What the API would refuse too; here it is said while typing is fresh. */
export const CHANNEL_RULES = {
  slug: (slug: string): string | null =>
    /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(slug.trim())
      ? null
      : 'Lower-case letters, digits and hyphens, with no hyphen at the ends',
  customEventName: (name: string, { eventType }: ChannelValues): string | null => {
    if (eventType !== 'Custom') return null;
    if (name.trim() === '') return 'Give the event a name';
    return /^[A-Za-z][A-Za-z0-9_-]{0,49}$/.test(name.trim())
      ? null
      : 'Up to 50 letters, digits, "_" and "-", beginning with a letter';
  },
  value: (value: number | ''): string | null =>
    value === '' || (value >= 0 && value <= 1_000_000_000) ? null : 'From 0 to 1,000,000,000',
  windowDays: (days: number | ''): string | null =>
    days === '' || (days * DAY_MS >= 60_000 && days <= 28) ? null : 'From one minute to 28 days',
  graceSeconds: (seconds: number | ''): string | null =>
    seconds === '' || (seconds >= 1 && seconds <= 600) ? null : 'From 1 to 600 seconds',
};
