import type { AttributionRule, ChannelConfigured } from '@clickjoin/contracts';

/**
 * By what a channel's joins are to be judged, as it is set up now; it travels with the join (ADR 8). Undefined for a
 * channel that is not set up; empty for one that leaves all to attribution's defaults.
 */
export function ruleOf(channel: ChannelConfigured | undefined): AttributionRule | undefined {
  if (channel === undefined) return undefined;
  const { linkMode, attribution } = channel;
  return Object.assign({}, attribution, linkMode === 'bot-start-link' ? { awaitsBotStart: true } : {});
}
