import {
  CURRENCIES,
  CUSTOM_EVENT_NAME,
  DEFAULT_CURRENCY,
  type EventType,
  tiktokEventName,
} from './event-types';

describe('tiktokEventName', () => {
  // product.md C3
  it.each<{ type: EventType; custom?: string; name: string | undefined }>([
    { type: 'Lead', name: 'SubmitForm' },
    { type: 'Purchase', name: 'Purchase' },
    { type: 'CompleteRegistration', name: 'CompleteRegistration' },
    { type: 'Subscribe', name: 'Subscribe' },
    { type: 'Custom', custom: 'vip_join', name: 'vip_join' },
    { type: 'Custom', name: undefined },
    { type: 'Lead', custom: 'left-over', name: 'SubmitForm' },
  ])('$type $custom is sent as $name', ({ type, custom, name }) =>
    expect(tiktokEventName(type, custom)).toBe(name),
  );

  it.each([
    { text: 'vip_join', fits: true },
    { text: 'a'.repeat(50), fits: true },
    { text: 'a'.repeat(51), fits: false },
    { text: '1st', fits: false },
    { text: 'vip join', fits: false },
    { text: '', fits: false },
  ])('$text as a custom name: $fits', ({ text, fits }) => expect(CUSTOM_EVENT_NAME.test(text)).toBe(fits));
});

it('currencies are three letters, each once, with the default among them', () => {
  expect(new Set(CURRENCIES).size).toBe(CURRENCIES.length);
  expect(CURRENCIES.every((currency) => /^[A-Z]{3}$/.test(currency))).toBe(true);
  expect(CURRENCIES).toContain(DEFAULT_CURRENCY);
});
