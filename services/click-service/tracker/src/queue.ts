/** What a page tells the tracker: `(window.clickjoin = window.clickjoin || []).push({ consent: true })`. */
export interface TrackerSignal {
  /** Whether the visitor agreed; said anew on each page. `false` also erases what was stored. */
  readonly consent: boolean;
}

export interface TrackerQueue extends Array<TrackerSignal> {
  /** What went wrong last. The page never sees it otherwise. */
  fault?: unknown;
  /** The sites that are tracked on this page. */
  [site: `clickjoin-${string}`]: true | undefined;
}

declare global {
  interface Window {
    clickjoin?: TrackerQueue;
  }
  interface Navigator {
    /** globalprivacycontrol.org */
    readonly globalPrivacyControl?: boolean;
  }
}
