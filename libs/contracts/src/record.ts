import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { jsonSchemaOf } from './json-schema';
import type { OutboundRecord, TopicDefinition } from './topic';

const ajv = new Ajv();
addFormats(ajv, ['uuid']);
const validators = new Map<string, ValidateFunction>();

type Contract = Pick<TopicDefinition, 'name' | 'eventClass'>;

function validatorOf(topic: Contract): ValidateFunction {
  const known = validators.get(topic.name);
  if (known !== undefined) return known;
  const compiled = ajv.compile(jsonSchemaOf(topic.eventClass));
  validators.set(topic.name, compiled);
  return compiled;
}

/** What is wrong with an event, by field; undefined when nothing is. */
export function violationOf(topic: Contract, event: unknown): string | undefined {
  const validate = validatorOf(topic);
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
 * bytes; there is no wall clock and no random in them.
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
    value: Buffer.from(JSON.stringify(event), 'utf8'),
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
