import type { ConversionAttributed } from '@clickjoin/contracts';
import type { ChannelFacts, PixelFacts } from './build-event';

/** Invented: a visitor with everything that can be known of one. */
export const fullConversion = {
  conversionId: '0d0c5f7e-4a39-5d52-9f0e-6f6d0f1b7a01',
  joinId: '5a7be2c4-9a0e-5a0e-8f3d-0a4f1c2b3d02',
  clickId: '01975d3e-7b1c-7c11-9a55-2f6a3c4d5e03',
  siteId: '01975d3e-0000-7000-8000-00000000aa04',
  chatId: '-1001234567890',
  chat: { type: 'channel', title: 'Morning Brew Club', isPublic: false },
  method: 'invite-link',
  joinedAt: '2026-11-20T09:15:42Z',
  clickedAt: '2026-11-20T09:15:03.217Z',
  clickAgeMs: 38783,
  ad: {
    ttclid: 'E.C.P.CqcBd_Aa9-zZ0.example-click-id_MixedCase',
    utm: { source: 'tiktok', campaign: 'autumn' },
  },
  page: {
    url: 'https://brew.example/join?utm_source=tiktok&ttclid=E.C.P.CqcBd_Aa9-zZ0.example-click-id_MixedCase',
    referrer: 'https://www.tiktok.com/',
  },
  visitor: {
    ip: '203.0.113.9',
    userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15',
    ttp: '2Yx0aBcDeFgHiJkLmNoPqRsTuVw',
  },
  person: { telegramUserId: '987654321' },
} satisfies ConversionAttributed;

/** The least that an attributed conversion has: no ttclid, no visitor, no page. */
export const bareConversion = {
  ...fullConversion,
  chat: { ...fullConversion.chat, title: '' },
  ad: {},
  page: {},
  visitor: {},
} satisfies ConversionAttributed;

export const fullChannel: ChannelFacts = {
  eventType: 'CompleteRegistration',
  value: 4.5,
  currency: 'EUR',
  contentName: 'Autumn campaign',
};

export const pixelOf = (wireFormat: PixelFacts['wireFormat'], testEventCode?: string): PixelFacts => ({
  pixelCode: 'C4EXAMPLEPIXEL0001',
  wireFormat,
  ...(testEventCode === undefined ? {} : { testEventCode }),
});
