import type { TrackerQueue } from './queue';
import { runTracker } from './run-tracker';

export type { TrackerQueue, TrackerSignal } from './queue';

export interface TrackerOptions {
  /** As the dashboard's snippet has it. */
  readonly siteId: string;
  /** Address of the click-service, or of a path of the page's own origin that leads to it. */
  readonly clickUrl: string;
}

/**
 * What `t.js` does, for pages that are bundled: keeps where the visitor came from, and points the page's links to
 * channels at `/c/<slug>` with it. Does nothing until the site's settings allow it, nothing the second time on a page,
 * and nothing on a server that renders pages. Never throws.
 */
export function startTracker({ siteId, clickUrl }: TrackerOptions): void {
  if (typeof document !== 'undefined') runTracker(siteId, clickUrl.replace(/\/*$/, '/'));
}

/** Says whether the visitor agreed, before or after the tracker has started; on each page anew. */
export function setConsent(isGiven: boolean): void {
  const queue = (window.clickjoin = window.clickjoin || ([] as unknown as TrackerQueue));
  queue.push({ consent: isGiven });
}
