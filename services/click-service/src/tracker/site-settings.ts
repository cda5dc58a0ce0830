import { TRACKER_DEFAULTS, type ChannelConfigured, type SiteConfigured } from '@clickjoin/contracts';
import type { SiteSettings } from '@clickjoin/tracker/settings';
import { USERNAME } from '../capture/telegram-address';

/** What the tracker on the site's pages may do, and which links it points at `/c/<slug>`. */
export function siteSettingsOf(
  { siteId, tracker = TRACKER_DEFAULTS }: Pick<SiteConfigured, 'siteId' | 'tracker'>,
  channels: readonly ChannelConfigured[],
): SiteSettings {
  const { isEnabled, keepDays, needsConsent, respectsDoNotTrack } = tracker;
  return {
    isEnabled,
    keepDays,
    needsConsent,
    respectsDoNotTrack,
    channels: isEnabled
      ? channels
          .filter((channel) => channel.siteId === siteId)
          .map(({ slug, username }) => ({ slug, hrefs: hrefsOf(username) }))
          .sort((one, other) => (one.slug < other.slug ? -1 : 1))
      : [],
  };
}

/**
 * The public addresses of a channel as people write them into a page, lower case and without `https://`, which is how
 * the tracker compares. A private channel has none: its invite links are secrets, and this answer is public.
 */
function hrefsOf(username: string | undefined): string[] {
  if (username === undefined || !USERNAME.test(username)) return [];
  const name = username.toLowerCase();
  return [
    `t.me/${name}`,
    `telegram.me/${name}`,
    `telegram.dog/${name}`,
    `${name}.t.me`,
    `tg://resolve?domain=${name}`,
  ];
}
