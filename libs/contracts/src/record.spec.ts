import fc from 'fast-check';
import { samples } from './generate/samples';
import { ContractViolation, decode, encode, tombstoneOf, violationOf } from './record';
import { allTopics, topics } from './topics';

const context = { source: 'join-service' };

/** The same object with its keys, and those of what it holds, in another order. */
function reordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, reordered(inner)]),
  );
}

describe('encode', () => {
  const event = samples.joinReceived;

  it('puts the event into the value and its attributes into CloudEvents headers', () => {
    const { topic, key, value, headers } = encode(topics.joinReceived, event, {
      ...context,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    expect(topic).toBe('telegram.join-received.v1');
    expect(key).toBe(event.link?.key);
    expect(JSON.parse(value.toString('utf8'))).toEqual(event);
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: event.joinId,
      ce_type: 'telegram.join-received.v1',
      ce_source: 'join-service',
      ce_time: event.joinedAt,
      'content-type': 'application/json',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
  });

  it.each(
    (Object.keys(topics) as (keyof typeof topics)[]).map((name) => ({ name, topic: topics[name] as never })),
  )('gives the same bytes for the same $name, in whatever order its fields were put', ({ name, topic }) => {
    const sample: object = samples[name];
    const bytes = encode(topic, sample as never, context).value;
    expect(encode(topic, structuredClone(sample) as never, context).value).toEqual(bytes);
    expect(encode(topic, reordered(sample) as never, context).value).toEqual(bytes);
    expect(JSON.parse(bytes.toString('utf8'))).toEqual(sample);
  });

  it('leaves out what the contract does not name: an entity with more columns does not leak them', () => {
    const entity = { ...event, phone: '+100', person: { ...event.person, firstName: 'Alex' } };
    expect(encode(topics.joinReceived, entity, context).value).toEqual(
      encode(topics.joinReceived, event, context).value,
    );
  });

  it('throws on what is not in the contract, and names the field but not its value', () => {
    const wrong = { ...event, chat: { ...event.chat, type: 'secret-value' as 'channel' } };
    expect(() => encode(topics.joinReceived, wrong, context)).toThrow(ContractViolation);
    expect(() => encode(topics.joinReceived, wrong, context)).toThrow(
      /telegram\.join-received\.v1: chat\.type/,
    );
    expect(() => encode(topics.joinReceived, wrong, context)).not.toThrow(/secret-value/);
  });

  it('does not let a number that JSON has no word for become null', () => {
    expect(violationOf(topics.channel, { ...samples.channel, value: NaN })).toContain('value');
  });
});

describe('decode', () => {
  it('gives back what was encoded', () => {
    const { value } = encode(topics.clickCaptured, samples.clickCaptured, context);
    expect(decode(topics.clickCaptured, value)).toEqual({ ok: true, event: samples.clickCaptured });
  });

  it('never throws, whatever bytes come', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc.json().map((text) => Buffer.from(text)),
      fc.constantFrom(
        Buffer.alloc(0),
        Buffer.from('{"__proto__":{"joinId":1}}'),
        Buffer.from('['.repeat(200_000)),
      ),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(...allTopics), (value, topic) => {
        expect(decode(topic, value)).toEqual({ ok: false, reason: expect.any(String) as string });
      }),
      { numRuns: 500 },
    );
  });

  it('takes a tombstone for no event', () => {
    const { value } = tombstoneOf(topics.bot, '7000000001', { source: 'dashboard' });
    expect(decode(topics.bot, value)).toEqual({ ok: false, reason: 'no value' });
  });

  it('says which field is wrong', () => {
    const link = { isOwn: 'yes', createsJoinRequest: false };
    const value = Buffer.from(JSON.stringify({ ...samples.joinReceived, link }));
    expect(decode(topics.joinReceived, value)).toEqual({ ok: false, reason: 'link.isOwn must be boolean' });
  });
});
