import { withoutFragment } from './landing';
import type { TrackedChannel } from './settings';

/** Holds the link's own address while ours is in its place: a copy of the link brings it along. */
const WAS = 'data-clickjoin-was';

export type Rewriting = readonly [channels: readonly TrackedChannel[], query: string];

/** @param isAsked the visitor is using the link right now, so however much was changed before, it must be right */
export type SyncLink = (node: EventTarget, isAsked?: boolean) => void;

/**
 * Points a link at `/c/<slug>` with what is known of the ad click, or gives it back its own address.
 *
 * @param prefix address of the click-service and `c/`
 * @param rewriting undefined: all links have their own address
 */
export function linkSync(prefix: string, rewriting: () => Rewriting | undefined): SyncLink {
  /** A page that puts its own address back each time would otherwise be in an endless argument with us. */
  const maxChanges = 2_000;
  const resolver = document.createElement('a');
  let changes = 0;

  const targetOf = (link: HTMLAnchorElement, own: string, [channels, query]: Rewriting) => {
    // Resolves as the link itself would, and throws at nothing.
    resolver.href = own;
    const address = withoutFragment(resolver.href);
    if (address.startsWith(prefix)) return address + (address.includes('?') ? '&' : '?') + query;
    const plain = address.toLowerCase().replace(/^https?:\/\/|\/$/g, '');
    const slug =
      link.dataset.clickjoin ||
      channels.filter(({ hrefs }) => hrefs.includes(plain)).map((channel) => channel.slug)[0];
    return slug && `${prefix}${encodeURIComponent(slug)}?${query}`;
  };

  return ((link: HTMLAnchorElement, isAsked) => {
    // Links of SVG have small letters, and no text for an address.
    if (link.tagName !== 'A') return;
    const href = link.getAttribute('href') || '';
    const was = link.getAttribute(WAS);
    const own = was != null && link.href.startsWith(prefix) ? was : href;
    const how = rewriting();
    const target = (how && targetOf(link, own, how)) || own;
    if (target === href || (++changes > maxChanges && !isAsked)) return;
    link.setAttribute(WAS, own);
    link.setAttribute('href', target);
    if (target === own) link.removeAttribute(WAS);
    if (!target) link.removeAttribute('href');
  }) as SyncLink;
}
