import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { sampleMessages } from './generate/sample-messages';
import { type JsonSchema, jsonSchemaOf } from './json-schema';
import { violationOf } from './record';
import type { TopicDefinition } from './topic';
import { allTopics } from './topics';

/**
 * A contract is said once, in class-validator's decorators; hot paths check the JSON Schema that is made from
 * them. What one of the two takes and the other doesn't would be a contract with a hole.
 */
const classValidatorTakes = ({ eventClass }: TopicDefinition, event: object): boolean =>
  validateSync(plainToInstance(eventClass, event), { forbidUnknownValues: true }).length === 0;

type Json = Record<string, unknown>;

interface Place {
  readonly holder: Json;
  readonly field: string;
}

/** Each field that the contract knows, also those that the event leaves out. */
function places(schema: JsonSchema, event: Json): Place[] {
  return Object.entries(schema.properties).flatMap(([field, property]) => {
    const inner = event[field];
    const nested =
      isObject(inner) && isObject(property) && 'properties' in property
        ? places(property as unknown as JsonSchema, inner)
        : [];
    return [{ holder: event, field }, ...nested];
  });
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const STRANGE = [
  null,
  '',
  ' ',
  '0',
  '-1',
  '-1001',
  [],
  {},
  [{}],
  [''],
  [null],
  true,
  false,
  0,
  -1,
  1.5,
] as const;

const strangeValue = fc.oneof(
  fc.constantFrom<unknown>(...STRANGE),
  fc.constantFrom(
    '2026-02-29T10:00:00Z',
    '2028-02-29T10:00:00.000Z',
    '2026-08-31T23:59:59.999Z',
    '2026-09-31T00:00:00Z',
    '2026-08-29T24:00:00Z',
    '2026-08-29T10:40:60Z',
    '2026-08-29T10:40:42+00:00',
    '1969-12-31T23:59:59Z',
    '0198F3A1-7C20-7A10-8B52-3F6D2C9E4B01',
    '0198f3a1-7c20-7a10-8b52-3f6d2c9e4b01',
    'urn:uuid:0198f3a1-7c20-7a10-8b52-3f6d2c9e4b01',
    '12345678901234567',
    'channel',
    'EUR',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string(),
  // The two count characters alike but for variation selectors (U+FE0E, U+FE0F), which only validator.js leaves out.
  fc
    .constantFrom(50, 64, 100, 200, 500, 512, 1_000, 2_048, 4_096, 8_192)
    .chain((length) => fc.constantFrom(length, length + 1).map((count) => 'ж'.repeat(count))),
);

const change = fc.oneof(
  fc.record({ kind: fc.constant('remove' as const) }),
  fc.record({ kind: fc.constant('set' as const), to: strangeValue }),
  fc.record({ kind: fc.constant('wrap' as const) }),
  fc.record({ kind: fc.constant('upper-case' as const) }),
  fc.record({
    kind: fc.constant('append' as const),
    text: fc.constantFrom(' ', '\n', 'a', '0', '😀', '\u0000'),
  }),
);

function apply(
  schema: JsonSchema,
  event: Json,
  at: number,
  edit: typeof change extends fc.Arbitrary<infer T> ? T : never,
): void {
  const all = places(schema, event);
  const place = all[at % all.length];
  if (place === undefined) return;
  const { holder, field } = place;
  const value = holder[field];
  if (edit.kind === 'remove') Reflect.deleteProperty(holder, field);
  else if (edit.kind === 'set') holder[field] = edit.to;
  else if (edit.kind === 'wrap') holder[field] = [value];
  else if (typeof value === 'string') {
    holder[field] = edit.kind === 'upper-case' ? value.toUpperCase() : value + edit.text;
  }
}

describe.each(allTopics.map((topic) => ({ name: topic.name, topic })))('$name', ({ name, topic }) => {
  const sample = sampleMessages().get(name)?.value as Json;
  const schema = jsonSchemaOf(topic.eventClass);

  function expectAgreement(event: Json): 'taken' | 'refused' {
    const bySchema = violationOf(topic, event);
    expect({ event, bySchema, byClass: classValidatorTakes(topic, event) }).toEqual({
      event,
      bySchema,
      byClass: bySchema === undefined,
    });
    return bySchema === undefined ? 'taken' : 'refused';
  }

  it('has a sample that both checks take', () => {
    expect(violationOf(topic, sample)).toBeUndefined();
    expect(classValidatorTakes(topic, sample)).toBe(true);
  });

  it('takes the same strange value, or none, in each field', () => {
    for (const at of places(schema, sample).keys()) {
      const changed = (change: (place: Place) => unknown): Json => {
        const event = structuredClone(sample);
        const place = places(schema, event)[at];
        if (place !== undefined) change(place);
        return event;
      };
      expectAgreement(changed(({ holder, field }) => Reflect.deleteProperty(holder, field)));
      for (const value of STRANGE) {
        expectAgreement(changed(({ holder, field }) => (holder[field] = structuredClone(value))));
      }
    }
  });

  it('takes the same events by class-validator and by JSON Schema, whatever is changed in the sample', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1_000), change), { minLength: 1, maxLength: 2 }), (changes) => {
        const event = structuredClone(sample);
        for (const [at, edit] of changes) apply(schema, event, at, edit);
        if (expectAgreement(event) === 'refused') refused += 1;
      }),
      { numRuns: 400 },
    );
    // Both outcomes were met; agreement on one of them alone would say nothing.
    expect(refused).toBeGreaterThan(40);
    expect(refused).toBeLessThan(400);
  });

  it('takes a field of tomorrow', () => {
    expect(violationOf(topic, { ...sample, addedLater: { any: ['thing'] } })).toBeUndefined();
  });
});
