import { IsIn, Matches } from 'class-validator';
import { IsId, IsLinkKey, IsTelegramChatId, IsUtcTime, Nested, Optional, SLUG } from '../validation';
import { AdClick, LandingPage, Visitor } from './visit';

/**
 * - `stock`: a pre-minted link that only this click was given
 * - `caller`: the API's caller brought a link of its own
 * - `bot-start`: `t.me/<bot>?start=…`, which carries the click itself; a `BotStarted` ties it to a person
 * - `fallback`: the channel's shared link, since the stock was empty: can't be attributed
 * - `none`: not even that; the visitor went to the channel's public address: can't be attributed
 */
export const LINK_KINDS = ['stock', 'caller', 'bot-start', 'fallback', 'none'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

/** A person clicked through to Telegram. */
export class ClickCaptured {
  @IsId() clickId!: string;
  @IsId() siteId!: string;
  @IsTelegramChatId() chatId!: string;
  @Matches(SLUG) slug!: string;
  @IsIn(LINK_KINDS) linkKind!: LinkKind;
  /** Absent for kinds `bot-start` and `none`. */
  @Optional() @IsLinkKey() linkKey?: string;
  @IsUtcTime() capturedAt!: string;
  @Nested(() => AdClick) ad!: AdClick;
  @Nested(() => LandingPage) page!: LandingPage;
  @Nested(() => Visitor) visitor!: Visitor;
}
