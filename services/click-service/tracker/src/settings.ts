/** What the script may do on a site's pages: the answer of `GET /v1/tracker/<siteId>`. */
export interface SiteSettings {
  /** The kill switch: off, the page stays as it is, and nothing is stored. */
  readonly isEnabled: boolean;
  /** How long the browser keeps the ad click, in days. */
  readonly keepDays: number;
  /** Nothing happens until the page says that the visitor agreed. */
  readonly needsConsent: boolean;
  /** Nothing happens in browsers that ask not to be tracked (Do Not Track, Global Privacy Control). */
  readonly respectsDoNotTrack: boolean;
  readonly channels: readonly TrackedChannel[];
}

export interface TrackedChannel {
  readonly slug: string;
  /** Public addresses of the channel, in lower case and without `https://`: `t.me/name`, `tg://resolve?domain=name`. */
  readonly hrefs: readonly string[];
}
