import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { jsonSchemaOf } from './json-schema';
import type { EventClass, OutboundRecord, TombstoneRecord, TopicDefinition } from './topic';
import { fieldsOf, type Fields, inContractOrder } from './wire-order';

const ajv = new Ajv();
addFormats(ajv, ['uuid', 'date-time']);

interface Compiled {
  readonly validate: ValidateFunction;
  readonly fields: Fields;
}
const compiled = new WeakMap<EventClass<object>, Compiled>();

type Contract = Pick<TopicDefinition, 'name' | 'eventClass'>;

function compiledOf({ eventClass }: Contract): Compiled {
  const known = compiled.get(eventClass);
  if (known !== undefined) return known;
  const schema = jsonSchemaOf(eventClass);
  const made = { validate: ajv.compile(schema), fields: fieldsOf(schema) };
  compiled.set(eventClass, made);
  return made;
}

/** What is wrong with an event, by field; undefined when nothing is. */
export function violationOf(topic: Contract, event: unknown): string | undefined {
  const { validate } = compiledOf(topic);
  if (validate(event)) return undefined;
  return (validate.errors ?? [])
    .map(
      ({ instancePath, message }) =>
        `${instancePath.slice(1).replaceAll('/', '.') || 'event'} ${message ?? 'is invalid'}`,
    )
    .join('; ');
}

/** A producer made something that is not in the contract: a defect of ours, never of the input. */
export class ContractViolation extends Error {}

export interface RecordContext {
  /** CloudEvents source: the service. */
  readonly source: string;
  /** W3C trace context of what led to this event. */
  readonly traceparent?: string | undefined;
}

/**
 * CloudEvents 1.0, binary mode: the event is the value, its attributes are headers. Equal events give equal
 * bytes, whatever order their fields were put in; there is no wall clock and no random in them. Fields that the
 * contract doesn't know stay out.
 * @throws ContractViolation
 */
export function encode<T extends object>(
  topic: TopicDefinition<T>,
  event: T,
  { source, traceparent }: RecordContext,
): OutboundRecord {
  const violation = violationOf(topic, event);
  if (violation !== undefined) throw new ContractViolation(`${topic.name}: ${violation}`);
  return {
    topic: topic.name,
    key: topic.keyOf(event),
    value: Buffer.from(JSON.stringify(inContractOrder(compiledOf(topic).fields, event)), 'utf8'),
    headers: {
      ce_specversion: '1.0',
      ce_id: topic.idOf(event),
      ce_type: topic.name,
      ce_source: source,
      ce_time: topic.timeOf(event),
      'content-type': 'application/json',
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
}

/** The removal of a setting: whoever reads the topic as a table forgets the key, compaction its older records. */
export function tombstoneOf(
  topic: Pick<TopicDefinition, 'name'>,
  key: string,
  { source }: Pick<RecordContext, 'source'>,
): TombstoneRecord {
  return { topic: topic.name, key, value: null, headers: { ce_source: source } };
}

export type Decoded<T> =
  { readonly ok: true; readonly event: T } | { readonly ok: false; readonly reason: string };

/** Never throws: what is no event of this topic comes back with the reason, for the dead-letter topic. */
export function decode<T extends object>(topic: TopicDefinition<T>, value: Buffer | null): Decoded<T> {
  if (value === null) return { ok: false, reason: 'no value' };
  let event: unknown;
  try {
    event = JSON.parse(value.toString('utf8'));
  } catch {
    return { ok: false, reason: 'not JSON' };
  }
  const violation = violationOf(topic, event);
  return violation === undefined ? { ok: true, event: event as T } : { ok: false, reason: violation };
}
