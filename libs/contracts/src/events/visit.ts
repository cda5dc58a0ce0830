import { Nested, Optional, OptionalText } from '../validation';

/** Campaign facts of the ad click. Never cut: TikTok matches a `ttclid` whole or not at all. */
export class Utm {
  @OptionalText(500) source?: string;
  @OptionalText(500) medium?: string;
  @OptionalText(500) campaign?: string;
  @OptionalText(500) content?: string;
  @OptionalText(500) term?: string;
}

export class AdClick {
  @OptionalText(4096) ttclid?: string;
  @Optional() @Nested(() => Utm) utm?: Utm;
}

/** The landing page of the click, with its query. */
export class LandingPage {
  @OptionalText(8192) url?: string;
  @OptionalText(8192) referrer?: string;
}

/** Personal data of the visitor: all in one place, so that it can be encrypted, dropped or erased there. */
export class Visitor {
  @OptionalText(45) ip?: string;
  @OptionalText(2048) userAgent?: string;
  /** Value of the `_ttp` cookie. */
  @OptionalText(256) ttp?: string;
}
