import { isIP } from 'node:net';
import { isObject } from '../input';
import { CODE } from './return-codes';

export interface Problem {
  /** Keys from the outside in, e.g. `['data', '3', 'event_id']`. */
  readonly path: readonly string[];
  readonly code: number;
  readonly text: string;
}

/** Strict refuses what the real one swallows in silence, so that a sender's slip shows. */
export interface Mode {
  readonly strict: boolean;
}

/** Says what is wrong with a value, or nothing. */
export type Check = (value: unknown, path: readonly string[], mode: Mode) => Problem | undefined;

export function problem(path: readonly string[], text: string, code: number = CODE.parameterError): Problem {
  return { path, text, code };
}

function rule(fine: (value: unknown, mode: Mode) => boolean, text: string, code?: number): Check {
  return (value, path, mode) => (fine(value, mode) ? undefined : problem(path, text, code));
}

/** All of them, the first problem first. */
export function all(...checks: readonly Check[]): Check {
  return (value, path, mode) => {
    for (const check of checks) {
      const found = check(value, path, mode);
      if (found) return found;
    }
    return undefined;
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';

export const text: Check = all(
  rule(isText, 'Not a valid string.'),
  rule((value, { strict }) => value !== '' || !strict, 'Empty string.'),
);

export const ttclid: Check = all(
  text,
  rule((value) => isText(value) && value.length <= 1000, 'Longer than maximum length 1000.'),
);

export const ip: Check = all(
  text,
  rule((value) => isText(value) && (value === '' || isIP(value) > 0), 'Not a valid IP address.'),
);

export const url: Check = all(
  text,
  rule((value) => isText(value) && (value === '' || URL.canParse(value)), 'Not a valid URL.'),
);

export const number: Check = rule(
  (value) => typeof value === 'number' && Number.isFinite(value),
  'Not a valid number.',
);

export const integer: Check = rule(Number.isInteger, 'Not a valid integer.');

export const flag: Check = rule((value) => typeof value === 'boolean', 'Not a valid boolean.');

/** Later than the year 5000 in seconds: they are milliseconds. */
const NO_SECONDS = 100_000_000_000;

export const unixSeconds: Check = all(
  integer,
  rule(
    (value) => typeof value === 'number' && value > 0 && value < NO_SECONDS,
    'Not a valid Unix timestamp in seconds.',
  ),
);

export const isoTime: Check = all(
  text,
  rule(
    (value) =>
      isText(value) &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/.test(value) &&
      !Number.isNaN(Date.parse(value)),
    'Not a valid datetime.',
  ),
);

export function oneOf(choices: ReadonlySet<string>): Check {
  return all(
    text,
    rule((value) => isText(value) && choices.has(value), 'Not a valid choice.'),
  );
}

const sha256: Check = all(
  text,
  rule(
    (value) => isText(value) && (value === '' || /^[0-9a-f]{64}$/.test(value)),
    'Personal data must be hashed with SHA-256, in lower-case hex.',
    CODE.personalDataNotHashed,
  ),
);

/** One hash, or a list of them. */
export const hashed: Check = (value, path, mode) =>
  Array.isArray(value) ? list(sha256, { min: 1, max: 100 })(value, path, mode) : sha256(value, path, mode);

/** Malformed names show up only in the diagnostics of the real one. */
export const eventName: Check = all(
  text,
  rule(
    (value, { strict }) =>
      !strict || (isText(value) && value.length <= 50 && /^[A-Za-z][\w -]*(?<! )$/.test(value)),
    'Not a valid event name: up to 50 letters, digits, _ and -, starting with a letter.',
  ),
);

export function list(each: Check, { min, max }: { readonly min: number; readonly max: number }): Check {
  return (value, path, mode) => {
    if (!Array.isArray(value)) return problem(path, 'Not a valid list.');
    // The size refuses the request before any item is looked at.
    if (value.length < min || value.length > max)
      return problem(path, `Length must be between ${min} and ${max}.`);
    for (const [index, item] of value.entries()) {
      const found = each(item, [...path, String(index)], mode);
      if (found) return found;
    }
    return undefined;
  };
}

export interface RecordRule {
  readonly required?: readonly string[];
  /** Keys beyond the listed ones are fine, as TikTok's own tag sends them in `properties`. */
  readonly open?: boolean;
  /** Where a key of the other wire format belongs in this one. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

export function record(fields: Readonly<Record<string, Check>>, rules: RecordRule = {}): Check {
  const { required = [], open = false, elsewhere = {} } = rules;
  return (value, path, mode) => {
    if (!isObject(value)) return problem(path, 'Not a valid object.');
    const missing = required.find((key) => value[key] === undefined || value[key] === null);
    if (missing !== undefined) return problem([...path, missing], 'Missing data for required field.');
    for (const [key, given] of Object.entries(value)) {
      const here = [...path, key];
      const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
      const found = check ? check(given, here, mode) : unknownKey(here, key);
      if (found) return found;
    }
    return undefined;

    function unknownKey(here: readonly string[], key: string): Problem | undefined {
      if (!mode.strict) return undefined;
      const place = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined;
      if (place !== undefined)
        return problem(here, `In this wire format it is ${place}; here it would match nothing.`);
      return open ? undefined : problem(here, 'Unknown field; the real one ignores it in silence.');
    }
  };
}
