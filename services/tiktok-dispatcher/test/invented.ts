import { randomUUID } from 'node:crypto';
import {
  conversionIdOf,
  encode,
  joinIdOf,
  parseSecretKeys,
  sealSecret,
  secretRecords,
  topics,
  type ChannelConfigured,
  type ChatMigrated,
  type ConversionAttributed,
  type OutboundRecord,
  type PixelConfigured,
} from '@clickjoin/contracts';
import { fullConversion } from '../src/build-request/invented-facts.fixture';

const SOURCE = { source: 'spec' };
let users = 700_000_000;

/** A conversion of another invented person each time, a moment ago. */
export function newConversion(siteId: string, chatId: string): ConversionAttributed {
  const telegramUserId = String(users++);
  const joinedAtSeconds = Math.floor(Date.now() / 1000);
  const joinId = joinIdOf(chatId, telegramUserId, joinedAtSeconds);
  return {
    ...fullConversion,
    conversionId: conversionIdOf(joinId),
    joinId,
    siteId,
    chatId,
    joinedAt: new Date(joinedAtSeconds * 1000).toISOString(),
    person: { telegramUserId },
  };
}

/** A pixel of the site, with its token sealed; give `of` to change one. */
export function newPixel(
  secretKeys: string,
  siteId: string,
  accessToken: string,
  of: Partial<PixelConfigured> = {},
): PixelConfigured {
  const pixelId = of.pixelId ?? randomUUID();
  return {
    siteId,
    name: 'An invented pixel',
    pixelCode: `PX${randomUUID().replaceAll('-', '').slice(0, 18).toUpperCase()}`,
    wireFormat: '1.0',
    isPaused: false,
    version: 1,
    configuredAt: new Date().toISOString(),
    ...of,
    pixelId,
    accessToken: sealSecret(
      parseSecretKeys(secretKeys),
      secretRecords.pixelAccessToken(pixelId),
      accessToken,
    ),
  };
}

export const newChannel = (
  siteId: string,
  chatId: string,
  of: Partial<ChannelConfigured> = {},
): ChannelConfigured => ({
  chatId,
  siteId,
  botId: '123456',
  slug: 'brew',
  chat: fullConversion.chat,
  eventType: 'CompleteRegistration',
  version: 1,
  configuredAt: new Date().toISOString(),
  ...of,
});

export const recordOf = {
  conversion: (event: ConversionAttributed): OutboundRecord =>
    encode(topics.conversionAttributed, event, SOURCE),
  pixel: (event: PixelConfigured): OutboundRecord => encode(topics.pixel, event, SOURCE),
  migration: (event: ChatMigrated): OutboundRecord => encode(topics.chatMigrated, event, SOURCE),
  channel: (event: ChannelConfigured): OutboundRecord => encode(topics.channel, event, SOURCE),
};

/** The same record with some fields changed, as the dashboard would publish it. */
export const changed = <T extends object>(record: T, fields: Partial<T>): T => ({ ...record, ...fields });
