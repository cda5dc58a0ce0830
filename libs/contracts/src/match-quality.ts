import { ArrayMaxSize, IsArray, IsIn, IsInt } from 'class-validator';
import type { ConversionAttributed } from './events/conversion-attributed';

/** What TikTok can match a person by, strongest first (product.md, V3). */
export const MATCH_SIGNALS = ['ttclid', 'ip-and-user-agent', 'external-id', 'ttp'] as const;
export type MatchSignal = (typeof MATCH_SIGNALS)[number];

export const MATCH_LEVELS = ['high', 'medium', 'low'] as const;
export type MatchLevel = (typeof MATCH_LEVELS)[number];

/** How well TikTok can tell whose conversion it is. */
export class MatchQuality {
  @IsIn(MATCH_LEVELS) level!: MatchLevel;
  @IsArray() @ArrayMaxSize(MATCH_SIGNALS.length) @IsIn(MATCH_SIGNALS, { each: true }) signals!: MatchSignal[];
  @IsInt() clickAgeMs!: number;
}

/** A longer one is left out of the request, never cut: TikTok matches a `ttclid` whole or not at all. */
export const TTCLID_MAX_LENGTH = 1_000;

/** `ttclid`: high; IP with user agent, or the `_ttp` cookie: medium; the hashed Telegram id alone: low. */
export function matchQualityOf({
  ad,
  visitor,
  clickAgeMs,
}: Pick<ConversionAttributed, 'ad' | 'visitor' | 'clickAgeMs'>): MatchQuality {
  const has: Record<MatchSignal, boolean> = {
    ttclid: ad.ttclid !== undefined && ad.ttclid.length <= TTCLID_MAX_LENGTH,
    'ip-and-user-agent': visitor.ip !== undefined && visitor.userAgent !== undefined,
    'external-id': true,
    ttp: visitor.ttp !== undefined,
  };
  const level = has.ttclid ? 'high' : has['ip-and-user-agent'] || has.ttp ? 'medium' : 'low';
  return { level, signals: MATCH_SIGNALS.filter((signal) => has[signal]), clickAgeMs };
}
