import { encode, topics, violationOf, type ChannelConfigured } from '@clickjoin/contracts';
import fc from 'fast-check';
import { factsOfCall } from '../click-api/click-facts';
import { checkClick } from '../click-api/request-check';
import { clickOf } from './capture.service';
import { clickRecord } from './click-record';
import { landingFactsOf, type LandingFacts } from './landing-facts';
import type { WayIn } from './ways-in';

const CHANNEL = {
  siteId: '01890000-0000-7000-8000-000000000001',
  chatId: '-1001234567890',
  slug: 'summer',
} as ChannelConfigured;
const CLICK_ID = '01890000-0000-7000-8000-000000000002';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: Math.min(maxLength, 60) }),
    fc.string({ unit: 'binary', maxLength: Math.min(maxLength, 60) }),
    fc.constantFrom('', '\0', '\ud83c', 'x'.repeat(maxLength), 'x'.repeat(maxLength + 1), '"\\\u2028'),
  );
const page = text(8_192).map(
  (tail) => `https://shop.example/?ttclid=${encodeURIComponent(tail.replaceAll(/\p{Cs}/gu, ''))}`,
);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const way: fc.Arbitrary<WayIn> = fc.constantFrom(
  { linkKind: 'stock', linkKey: 'a'.repeat(64), location: 'https://t.me/+x' },
  { linkKind: 'fallback', linkKey: 'b'.repeat(64), location: 'https://t.me/+y' },
  { linkKind: 'bot-start', linkKey: undefined, location: 'https://t.me/bot?start=z' },
  { linkKind: 'none', linkKey: undefined, location: undefined },
);
const ip = maybe(fc.oneof(fc.ipV4(), fc.ipV6()));

/** What the hot path writes is what the contract's own encoder would write, and the contract allows it. */
function expectSameBytes(facts: LandingFacts, visitorIp: string | undefined, wayIn: WayIn): void {
  const click = clickOf(
    { channel: CHANNEL, facts, ip: visitorIp },
    { clickId: CLICK_ID, chatId: CHANNEL.chatId, capturedAt: '2026-01-01T00:00:00.000Z', way: wayIn },
  );
  expect(violationOf(topics.clickCaptured, click)).toBeUndefined();
  const [ours, theirs] = [
    clickRecord(click, TRACE),
    encode(topics.clickCaptured, click, { source: 'click-service', traceparent: TRACE }),
  ];
  expect({ ...ours, value: ours.value.toString() }).toEqual({ ...theirs, value: theirs.value.toString() });
  expect(Object.keys(ours.headers)).toEqual(Object.keys(theirs.headers));
}

describe('clickRecord', () => {
  it('is what the contract makes of whatever a redirect brings', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('ttclid', 'utm_source', 'utm_term', 'url', 'ref', 'ttp'),
          fc.oneof(text(4_096), page),
        ),
        maybe(fc.oneof(text(8_192), page)),
        maybe(text(2_048)),
        ip,
        way,
        (query, referer, userAgent, visitorIp, wayIn) =>
          expectSameBytes(landingFactsOf(query, referer, userAgent), visitorIp, wayIn),
      ),
    );
  });

  it('is what the contract makes of whatever the API lets through', () => {
    const call = fc.record(
      {
        slug: fc.constant('summer'),
        ttclid: text(4_096),
        utm: fc.record({ source: text(500), term: text(500) }, { requiredKeys: [] }),
        url: fc.oneof(text(8_192), page),
        referrer: page,
        ttp: text(256),
      },
      { requiredKeys: ['slug'] },
    );
    let letThrough = 0;
    fc.assert(
      fc.property(call, maybe(fc.string({ maxLength: 60 })), ip, way, (body, userAgent, visitorIp, wayIn) => {
        let checked;
        try {
          checked = checkClick(JSON.parse(JSON.stringify(body)));
        } catch {
          return;
        }
        letThrough += 1;
        expectSameBytes(factsOfCall(checked, userAgent), visitorIp, wayIn);
      }),
      { numRuns: 150 },
    );
    expect(letThrough).toBeGreaterThan(10);
  });
});
