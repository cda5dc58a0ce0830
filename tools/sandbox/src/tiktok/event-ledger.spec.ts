import fc from 'fast-check';
import { DEDUP_WINDOW_MS, EventLedger } from './event-ledger';
import type { EventCopy } from './endpoints';

const copy = (eventId: string | null, event = 'Subscribe', more: object = {}): EventCopy => ({
  pixelCode: 'CPIXEL',
  event,
  eventId,
  body: { event, event_id: eventId, ...more },
  facts: { event, event_id: eventId, ...more },
});

const counts = (ledger: EventLedger): unknown[] =>
  ledger
    .events()
    .map(({ received, accepted, duplicatesDropped }) => ({ received, accepted, duplicatesDropped }));

describe('EventLedger', () => {
  it.each([
    { name: 'at once', after: 0, second: 'duplicate' },
    { name: 'a millisecond before 48 h', after: DEDUP_WINDOW_MS - 1, second: 'duplicate' },
    { name: 'at 48 h: counted twice', after: DEDUP_WINDOW_MS, second: 'counted' },
  ])('takes a copy $name', ({ after, second }) => {
    const ledger = new EventLedger();
    expect(ledger.count(copy('a'), 1000)).toBe('counted');
    expect(ledger.count(copy('a'), 1000 + after)).toBe(second);
  });

  it('measures the 48 h from the copy that counted, not from the last duplicate', () => {
    const ledger = new EventLedger();
    ledger.count(copy('a'), 0);
    ledger.count(copy('a'), DEDUP_WINDOW_MS - 1);
    expect(ledger.count(copy('a'), DEDUP_WINDOW_MS)).toBe('counted');
  });

  it('takes the same id under another name for another event', () => {
    const ledger = new EventLedger();
    ledger.count(copy('a', 'Lead'), 0);
    expect(ledger.count(copy('a', 'SubmitForm'), 0)).toBe('counted');
  });

  it('recognises no copy without an id', () => {
    const ledger = new EventLedger();
    ledger.count(copy(null), 0);
    expect(ledger.count(copy(null), 0)).toBe('counted');
  });

  it('tells when a retry changed its body', () => {
    const ledger = new EventLedger();
    ledger.receive(copy('a'), 1);
    ledger.receive(copy('a'), 2);
    expect(ledger.events()).toMatchObject([
      { received: 2, bodies: 1, firstReceivedAt: 1, firstAcceptedAt: null },
    ]);
    ledger.receive(copy('a', 'Subscribe', { event_time: 2 }), 3);
    expect(ledger.events()).toMatchObject([{ received: 3, bodies: 2, lastBody: { event_time: 2 } }]);
  });

  it('keeps a refused copy from hiding a good one', () => {
    const ledger = new EventLedger();
    ledger.refuse(copy('a'), 0, 40002, 'no');
    expect(ledger.count(copy('a'), 1)).toBe('counted');
    expect(ledger.events()).toMatchObject([
      { refused: 1, accepted: 1, firstAcceptedAt: 1, lastRefusal: { code: 40002, message: 'no' } },
    ]);
  });

  it('never counts an event twice within 48 h, and forgets none, in any order of copies', () => {
    const sends = fc.array(
      fc.record({ id: fc.constantFrom('a', 'b', 'c'), wait: fc.integer({ min: 0, max: DEDUP_WINDOW_MS }) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(sends, (copies) => {
        const ledger = new EventLedger();
        const countedAt = new Map<string, number[]>();
        let now = 0;
        for (const { id, wait } of copies) {
          now += wait;
          ledger.receive(copy(id), now);
          if (ledger.count(copy(id), now) === 'counted')
            countedAt.set(id, [...(countedAt.get(id) ?? []), now]);
        }
        for (const moments of countedAt.values()) {
          moments.slice(1).forEach((moment, index) => {
            expect(moment - (moments[index] ?? 0)).toBeGreaterThanOrEqual(DEDUP_WINDOW_MS);
          });
        }
        for (const seen of ledger.events()) {
          expect(seen.accepted).toBe(countedAt.get(seen.eventId ?? '')?.length);
          expect(seen.received).toBe(seen.accepted + seen.duplicatesDropped);
        }
        expect(counts(ledger)).toHaveLength(new Set(copies.map(({ id }) => id)).size);
      }),
    );
  });
});
