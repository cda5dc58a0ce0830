import type { ChannelConfigured, ChannelDetected } from '@clickjoin/contracts';
import { BOT_ID, CHANNEL } from '../translate/updates.fixture';

/** A channel as it is set up, of which each spec changes what it is about. */
export const channelConfigured = (
  more: Partial<ChannelConfigured> = {},
): Pick<ChannelConfigured, keyof ChannelConfigured> => ({
  chatId: String(CHANNEL.id),
  siteId: '0198f3b6-02d8-7c41-9e6a-7b1d4f5c8e10',
  botId: String(BOT_ID),
  slug: 'balcony-gardens',
  chat: { type: 'channel', title: CHANNEL.title, isPublic: false },
  eventType: 'CompleteRegistration',
  version: 1,
  configuredAt: '2026-08-20T09:15:00.000Z',
  ...more,
});

/** What the log says of the bot in it. */
export const channelDetected = (
  more: Partial<ChannelDetected> = {},
): Pick<ChannelDetected, keyof ChannelDetected> => ({
  chatId: String(CHANNEL.id),
  botId: String(BOT_ID),
  chat: { type: 'channel', title: CHANNEL.title, isPublic: false },
  botIsAdmin: true,
  botCanInvite: true,
  observedAt: '2026-08-20T09:00:00.000Z',
  ...more,
});
