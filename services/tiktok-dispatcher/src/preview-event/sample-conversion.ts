import type { ConversionAttributed } from '@clickjoin/contracts';

/** 2 minutes from the ad to the channel. */
const CLICK_AGE_MS = 120_000;

/**
 * A join of nobody, with everything that can be known of one: for previews and test events. The address is of a
 * documentation range, and no Telegram user has the id 1.
 */
export function sampleConversion(
  id: string,
  channel: Pick<ConversionAttributed, 'chatId' | 'siteId'> & { readonly title: string },
  now: number,
): ConversionAttributed {
  const joinedAt = Math.floor(now / 1000) * 1000;
  return {
    conversionId: id,
    joinId: id,
    clickId: id,
    siteId: channel.siteId,
    chatId: channel.chatId,
    chat: { type: 'channel', title: channel.title, isPublic: false },
    method: 'invite-link',
    joinedAt: new Date(joinedAt).toISOString(),
    clickedAt: new Date(joinedAt - CLICK_AGE_MS).toISOString(),
    clickAgeMs: CLICK_AGE_MS,
    ad: { ttclid: 'E.C.P.a-click-id-of-nobody' },
    page: {
      url: 'https://landing.example/?ttclid=E.C.P.a-click-id-of-nobody',
      referrer: 'https://www.tiktok.com/',
    },
    visitor: {
      ip: '203.0.113.9',
      userAgent: 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36',
      ttp: '2a-cookie-value-of-nobody',
    },
    person: { telegramUserId: '1' },
  };
}
