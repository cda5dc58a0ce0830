import { attempt } from './attempt';
import { landingNow, newerOf, queryOf, type Landing } from './landing';
import { linkSync } from './links';
import type { TrackerQueue, TrackerSignal } from './queue';
import type { SiteSettings } from './settings';
import { read, remove, write } from './storage';

/** What the browser keeps for a site. */
interface Kept {
  readonly settings?: SiteSettings;
  readonly landing?: Landing;
}

/** A node, which may be mere text. */
type Searchable = Node & { readonly querySelectorAll?: (name: 'a') => NodeListOf<HTMLAnchorElement> };

/** @param from address beside `c/` and `v1/`: that of `t.js` */
export const runTracker = (siteId: string, from: string): void =>
  attempt(() => {
    const queue = (window.clickjoin = window.clickjoin || ([] as unknown as TrackerQueue));
    const key = `clickjoin-${siteId}` as const;
    if (queue[key]) return;
    queue[key] = true;

    const kept = (read(key) || {}) as Kept;
    let { settings } = kept;
    const here = landingNow();
    let landing = here;
    let consent: boolean | undefined;
    let isOn: boolean | undefined;

    const sync = linkSync(new URL('c/', from).href, () =>
      isOn && settings ? [settings.channels, queryOf(landing)] : undefined,
    );
    const syncIn = (node: Searchable): void => {
      sync(node);
      if (node.querySelectorAll) node.querySelectorAll('a').forEach((link) => sync(link));
    };
    const observer = new MutationObserver((records) =>
      attempt(() =>
        records.forEach(({ target, addedNodes }) => {
          sync(target);
          addedNodes.forEach(syncIn);
        }),
      ),
    );
    /** Also in shadow trees, which the observer does not see, and with what has come up since. */
    const onUse = (event: Event): void =>
      attempt(() => event.composedPath().forEach((node) => sync(node, true)));

    const apply = (): void => {
      const isRefused =
        consent === false ||
        (settings &&
          (!settings.isEnabled ||
            (settings.respectsDoNotTrack &&
              (navigator.doNotTrack === '1' || navigator.globalPrivacyControl))));
      isOn = !isRefused && settings && (consent || !settings.needsConsent);
      if (isRefused) remove(key);
      if (isOn && settings) {
        landing = newerOf(kept.landing, here, settings.keepDays);
        write(key, { settings, landing }, settings.keepDays);
        observer.observe(document, {
          childList: true,
          subtree: true,
          attributeFilter: ['href', 'data-clickjoin'],
        });
        addEventListener('click', onUse, true);
        addEventListener('auxclick', onUse, true);
      }
      syncIn(document);
    };
    attempt(apply);

    fetch(new URL(`v1/tracker/${siteId}`, from))
      // Anything but these says nothing of the site: what was known of it stays.
      .then((response) => (response.ok || response.status === 404 ? response.json() : settings))
      .then((answer: SiteSettings | undefined) => {
        settings = answer;
        apply();
      })
      .catch((error: unknown) => {
        queue.fault = error;
      });

    const heed = (signal: TrackerSignal): void =>
      attempt(() => {
        consent = signal.consent;
        apply();
      });
    queue.forEach(heed);
    const push = queue.push;
    queue.push = (...signals) => {
      signals.forEach(heed);
      return push.apply(queue, signals);
    };
  });
