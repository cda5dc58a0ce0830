import { Problem, type FieldFault } from '@clickjoin/service-kit';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { isWellFormed } from '../capture/landing-facts';
import {
  batchRequestSchema,
  clickRequestSchema,
  type BatchRequest,
  type ClickRequest,
} from './click-request.schema';

/** More don't help anybody, and a hostile batch has thousands. */
const MOST_FAULTS = 20;

// `unicode: false`: lengths in UTF-16 units, which is never more than the contract allows, and not counted one by one.
// Ajv warns that this is not the standard, hence no logger.
const options = { unicode: false, validateFormats: false, logger: false } as const;
const quick = new Ajv(options);
const thorough = new Ajv({ ...options, allErrors: true });

type Check<T> = (body: unknown) => T;

/**
 * A compiled schema: it stops at the first fault, and only a request that has one is looked through for all of them.
 * The check returns the body, or throws a Problem (400) that names each faulty field by its path: `clicks.3.slug`.
 */
function compiled<T>(schema: object): Check<T> {
  const isValid = quick.compile<T>(schema);
  const findAll = thorough.compile(schema);
  return (body) => {
    if (isValid(body)) return body;
    findAll(body);
    throw invalid(faultsOf(findAll));
  };
}

const checkSchema = compiled<ClickRequest>(clickRequestSchema);
const checkBatchSchema = compiled<BatchRequest>(batchRequestSchema);

/** @throws Problem (400) */
export function checkClick(body: unknown): ClickRequest {
  const click = checkSchema(body);
  const faults = textFaults(click, '');
  if (faults.length > 0) throw invalid(faults);
  return click;
}

/** @throws Problem (400) */
export function checkBatch(body: unknown): BatchRequest {
  const batch = checkBatchSchema(body);
  const faults = batch.clicks.flatMap((click, index) => textFaults(click, `clicks.${index}.`));
  const seen = new Set<string>();
  batch.clicks.forEach(({ clickId = '' }, index) => {
    if (seen.has(clickId))
      faults.push({ field: `clicks.${index}.clickId`, message: 'stands in this batch twice' });
    seen.add(clickId);
  });
  if (faults.length > 0) throw invalid(faults.slice(0, MOST_FAULTS));
  return batch;
}

export const invalid = (errors: readonly FieldFault[]): Problem =>
  new Problem(400, {
    title: 'Invalid request',
    detail: 'Some fields are missing or invalid.',
    errors,
  });

/** What JSON can spell and nobody can store: NUL, half a character. */
function textFaults(value: object, path: string): FieldFault[] {
  const faults: FieldFault[] = [];
  for (const [name, field] of Object.entries(value) as [string, unknown][]) {
    if (typeof field === 'string') {
      if (!isWellFormed(field)) {
        faults.push({ field: path + name, message: 'must not hold NUL or half a surrogate pair' });
      }
    } else if (typeof field === 'object' && field !== null) {
      faults.push(...textFaults(field, `${path}${name}.`));
    }
  }
  return faults;
}

function faultsOf({ errors }: ValidateFunction): FieldFault[] {
  const faults = (errors ?? []).map(faultOf);
  // A pattern and a length at once are one thing to mend.
  const byField = new Map(faults.map((fault) => [fault.field, fault]));
  return [...byField.values()].slice(0, MOST_FAULTS);
}

function faultOf({ instancePath, keyword, params, message }: ErrorObject): FieldFault {
  const path = instancePath.slice(1).replaceAll('/', '.');
  const below = (name: unknown): string => [path, String(name)].filter((part) => part !== '').join('.');
  if (keyword === 'required') return { field: below(params.missingProperty), message: 'is missing' };
  if (keyword === 'additionalProperties') {
    return { field: below(params.additionalProperty), message: 'is not known here' };
  }
  return { field: path === '' ? 'body' : path, message: message ?? 'is invalid' };
}
