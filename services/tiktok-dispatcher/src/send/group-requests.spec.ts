import fc from 'fast-check';
import type { FrozenEvent } from '../build-request/build-event';
import { BATCH_MAX, canShare, REQUEST_MAX_BYTES, writeRequest } from '../build-request/write-request';
import { groupRequests, type Groupable } from './group-requests';

const one = (of: Partial<FrozenEvent> = {}, sendsAlone = false): Groupable => ({
  sendsAlone,
  event: {
    wireFormat: '1.0',
    pixelCode: 'PIXEL001',
    eventName: 'Subscribe',
    eventJson: '{"event":"Subscribe"}',
    testEventCode: undefined,
    ...of,
  },
});
const many = (count: number, of: Partial<FrozenEvent> = {}): Groupable[] =>
  Array.from({ length: count }, () => one(of));
const sizes = (groups: readonly (readonly unknown[])[]): number[] => groups.map(({ length }) => length);

describe('groupRequests', () => {
  it.each([
    { what: 'one goes alone', due: many(1), slots: 16, groups: [1] },
    { what: 'as many as slots go alone', due: many(16), slots: 16, groups: Array(16).fill(1) },
    { what: 'one more than slots makes pairs', due: many(5), slots: 4, groups: [2, 2, 1] },
    { what: 'few slots make large requests', due: many(90), slots: 2, groups: [45, 45] },
    { what: '1.0 takes 50 at most', due: many(250), slots: 2, groups: [50, 50] },
    { what: '2.0 takes 1,000', due: many(1_000, { wireFormat: '2.0' }), slots: 1, groups: [1_000] },
    { what: 'and not one more', due: many(1_001, { wireFormat: '2.0' }), slots: 1, groups: [1_000] },
    { what: 'test events go alone', due: many(4, { testEventCode: 'T1' }), slots: 2, groups: [1, 1] },
    { what: 'no slot, no request', due: many(4), slots: 0, groups: [] },
    {
      what: 'other wire formats and pixel codes have their own',
      due: [...many(2), ...many(2, { wireFormat: '2.0' }), ...many(2, { pixelCode: 'PIXEL002' })],
      slots: 3,
      groups: [2, 2, 2],
    },
    {
      what: 'what once went in a batch of which TikTok took a part goes alone',
      due: [one({}, true), ...many(5)],
      slots: 3,
      groups: [1, 2, 2],
    },
    {
      what: 'a request has at most a megabyte',
      due: many(40, { eventJson: `{"x":"${'y'.repeat(60_000)}"}` }),
      slots: 3,
      groups: [14, 14, 12].map((size) => Math.min(size, Math.floor((REQUEST_MAX_BYTES - 1_000) / 60_028))),
    },
  ])('$what', ({ due, slots, groups }) => {
    expect(sizes(groupRequests(due, slots))).toEqual(groups);
  });

  it('never makes a request that can not be written, uses no slot too many, and keeps the order', () => {
    const event = fc.record({
      wireFormat: fc.constantFrom('1.0', '2.0'),
      pixelCode: fc.constantFrom('PIXEL001', 'PIXEL002'),
      testEventCode: fc.option(fc.constant('T1'), { nil: undefined, freq: 5 }),
      sendsAlone: fc.boolean(),
      bytes: fc.nat(2_000),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), fc.integer({ min: 0, max: 20 }), (all, slots) => {
        const due = all.map(({ sendsAlone, bytes, wireFormat, ...of }) =>
          one({ ...of, wireFormat, eventJson: `{"x":"${'y'.repeat(bytes)}"}` }, sendsAlone),
        );
        const groups = groupRequests(due, slots);
        expect(groups.length).toBeLessThanOrEqual(slots);
        for (const group of groups) {
          const { body } = writeRequest(group.map(({ event: each }) => each));
          expect(Buffer.byteLength(body)).toBeLessThanOrEqual(REQUEST_MAX_BYTES);
          expect(group.length).toBeLessThanOrEqual(BATCH_MAX[group[0]!.event.wireFormat]);
          if (group.length > 1) expect(group.every(({ sendsAlone }) => !sendsAlone)).toBe(true);
          const places = group.map((each) => due.indexOf(each));
          expect(places).toEqual([...places].sort((a, b) => a - b));
        }
        expect(new Set(groups.flat()).size).toBe(groups.flat().length);
        if (due.length > 0 && slots > 0) expect(groups[0]?.[0]).toBe(due[0]);
        if (due.length <= slots) expect(groups.map((group) => group.length)).toEqual(due.map(() => 1));
      }),
    );
  });
});

describe('writeRequest', () => {
  const withId = (id: string, of: Partial<FrozenEvent> = {}): FrozenEvent =>
    one({ eventJson: `{"event":"Subscribe","event_id":"${id}","odd":"\\u00e9\\\\ \\""}`, ...of }).event;

  it.each(['1.0', '2.0'] as const)(
    'puts the bytes of an event into a batch as they are, in %s',
    (wireFormat) => {
      const events = ['a', 'b', 'c'].map((id) => withId(id, { wireFormat }));
      const { body, path } = writeRequest(events);
      expect(path).toBe(wireFormat === '1.0' ? '/pixel/batch/' : '/event/track/');
      for (const event of events) {
        expect(body).toContain(event.eventJson.slice(1));
        expect(writeRequest([event]).body).toContain(event.eventJson.slice(1));
      }
      const parsed = JSON.parse(body) as { batch?: unknown[]; data?: unknown[]; pixel_code?: string };
      expect(parsed.batch ?? parsed.data).toEqual(
        events.map(({ eventJson }) => ({
          ...(wireFormat === '1.0' ? { type: 'track' } : {}),
          ...(JSON.parse(eventJson) as object),
        })),
      );
    },
  );

  it.each([
    { what: 'nothing', events: [] },
    { what: 'two pixel codes', events: [withId('a'), withId('b', { pixelCode: 'PIXEL002' })] },
    { what: 'two wire formats', events: [withId('a'), withId('b', { wireFormat: '2.0' as const })] },
    {
      what: 'two test events',
      events: [withId('a', { testEventCode: 'T1' }), withId('b', { testEventCode: 'T1' })],
    },
    { what: 'too many events', events: Array.from({ length: 51 }, (_, n) => withId(String(n))) },
    {
      what: 'too many events in 2.0',
      events: Array.from({ length: 1_001 }, (_, n) => withId(String(n), { wireFormat: '2.0' as const })),
    },
  ])('refuses $what', ({ events }) => {
    expect(() => writeRequest(events)).toThrow(RangeError);
  });

  it('knows who may travel together', () => {
    expect(canShare(withId('a'), withId('b'))).toBe(true);
    expect(canShare(withId('a'), withId('b', { testEventCode: 'T1' }))).toBe(false);
  });
});
