import {
  DEFAULT_CURRENCY,
  DEFAULT_EVENT_TYPE,
  type ChannelConfigured,
  type ChannelDetected,
} from '@clickjoin/contracts';
import type { ChannelEntity, ChannelRow } from './channel.entity';

/** A row that is set up. */
export type ConfiguredChannel = ChannelRow & {
  siteId: string;
  botId: string;
  slug: string;
  configuredAt: Date;
};

export const isConfigured = (channel: ChannelRow): channel is ConfiguredChannel =>
  channel.siteId !== null && channel.botId !== null && channel.slug !== null && channel.configuredAt !== null;

export function toEvent(channel: ConfiguredChannel): ChannelConfigured {
  const { chatId, siteId, botId, slug, username, customEventName, value, contentName } = channel;
  const { linkMode, joinRequests, attribution } = channel;
  return {
    chatId,
    siteId,
    botId,
    slug,
    chat: { type: channel.type, title: channel.title, isPublic: channel.isPublic },
    ...(username === null ? {} : { username }),
    eventType: channel.eventType ?? DEFAULT_EVENT_TYPE,
    ...(customEventName === null ? {} : { customEventName }),
    ...(value === null ? {} : { value }),
    currency: channel.currency ?? DEFAULT_CURRENCY,
    ...(contentName === null ? {} : { contentName }),
    ...(linkMode === null ? {} : { linkMode }),
    ...(joinRequests === null ? {} : { joinRequests }),
    ...(attribution === null ? {} : { attribution }),
    version: channel.version,
    configuredAt: channel.configuredAt.toISOString(),
  };
}

/** The set-up in a published event, as columns. */
export const setupIn = (event: ChannelConfigured): Partial<ChannelEntity> => ({
  siteId: event.siteId,
  botId: event.botId,
  slug: event.slug,
  eventType: event.eventType,
  customEventName: event.customEventName ?? null,
  value: event.value ?? null,
  currency: event.currency ?? null,
  contentName: event.contentName ?? null,
  linkMode: event.linkMode ?? null,
  joinRequests: event.joinRequests ?? null,
  attribution: event.attribution ?? null,
  version: event.version,
  configuredAt: new Date(event.configuredAt),
});

/** What the other services read in a channel's event and a bot can report anew. */
export const looksAlike = (one: ChannelRow, other: ChannelRow): boolean =>
  one.title === other.title &&
  one.username === other.username &&
  one.type === other.type &&
  one.isPublic === other.isPublic &&
  one.botId === other.botId;

export const chatIdsOf = (seen: readonly Pick<ChannelDetected, 'chatId'>[]): string[] => [
  ...new Set(seen.map(({ chatId }) => chatId)),
];
