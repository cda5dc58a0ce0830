/**
 * What a channel's conversions are reported as. The one place where our names meet TikTok's: TikTok renames
 * events now and then (SubmitForm and Lead are one to it; reference/tiktok-events-api.md §3).
 */
export const EVENT_TYPES = ['Lead', 'Purchase', 'CompleteRegistration', 'Subscribe', 'Custom'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const DEFAULT_EVENT_TYPE: EventType = 'CompleteRegistration';

const STANDARD_NAMES: Readonly<Record<Exclude<EventType, 'Custom'>, string>> = {
  Lead: 'SubmitForm',
  Purchase: 'Purchase',
  CompleteRegistration: 'CompleteRegistration',
  Subscribe: 'Subscribe',
};

/** What each type is best for, in the words the set-up dialog shows. */
export const EVENT_TYPE_HINTS: Readonly<Record<EventType, string>> = {
  Lead: 'Lead-generation campaigns.',
  Purchase: 'Paid channels: set the value, and TikTok can optimise for it.',
  CompleteRegistration: 'The usual choice: a join is a completed registration.',
  Subscribe: "Closest in meaning to a join; needs a campaign that optimises for TikTok's Subscribe.",
  Custom: 'Reporting and audiences only: TikTok cannot optimise campaigns for custom events.',
};

/** Up to 50 characters, starting with a letter (reference/tiktok-events-api.md §3). */
export const CUSTOM_EVENT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,49}$/;

/** @returns the name TikTok gets; undefined when a custom event has no name. */
export function tiktokEventName(type: EventType, customName?: string): string | undefined {
  return type === 'Custom' ? customName : STANDARD_NAMES[type];
}

/** The closed list of TikTok (reference/tiktok-events-api.md §2.1). */
export const CURRENCIES = (
  'AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD HNL HUF IDR ILS INR ' +
  'ISK JPY KES KHR KRW KWD KZT MAD MOP MXN MYR NGN NIO NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RUB SAR SEK SGD ' +
  'THB TRY TWD UAH USD VES VND ZAR'
).split(' ');

export const DEFAULT_CURRENCY = 'USD';
