import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { ConfigError, type ConfigFault } from './config-error';
import { envOptionsOf, type EnvOptions } from './env';

type Environment = Readonly<Record<string, string | undefined>>;
type Kind = 'text' | 'number' | 'boolean' | 'list';

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

/** `kafkaBrokers` is read from `KAFKA_BROKERS`. */
export function variableOf(property: string): string {
  return property.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/**
 * The environment as one validated, frozen object. Property initialisers are the defaults; an empty variable counts
 * as not set, since that is how compose files pass one on. Numbers, booleans and comma lists are converted by the type
 * of the default, or of the decorated property.
 * @throws ConfigError with every fault
 */
export function loadConfig<C extends object>(ConfigClass: new () => C, env: Environment = process.env): C {
  const config = new ConfigClass();
  const values = config as Record<string, unknown>;
  const options = envOptionsOf(ConfigClass.prototype as object);
  const faults = new Map<string, string>();
  const given = new Map<string, string>();
  const defaults = { ...values };

  for (const property of propertiesOf(ConfigClass, config, options)) {
    const text = env[variableOf(property)]?.trim();
    if (text === undefined || text === '') continue;
    given.set(property, text);
    const converted = convert(text, kindOf(config, property));
    if (converted.ok) values[property] = converted.value;
    else faults.set(property, converted.problem);
  }
  for (const error of validateSync(config, { forbidUnknownValues: false })) {
    if (faults.has(error.property)) continue;
    faults.set(
      error.property,
      given.has(error.property) || error.property in defaults ? problemOf(error) : 'is not set',
    );
  }
  for (const [property, { check }] of options) {
    const text = values[property];
    if (check === undefined || faults.has(property) || typeof text !== 'string') continue;
    const problem = problemFoundBy(check, text);
    if (problem !== undefined) faults.set(property, problem);
  }

  if (faults.size > 0) {
    throw new ConfigError(
      [...faults].map(([property, problem]) =>
        faultOf(property, problem, given.get(property), defaults[property], options.get(property) ?? {}),
      ),
    );
  }
  for (const value of Object.values(values)) if (Array.isArray(value)) Object.freeze(value);
  return Object.freeze(config);
}

/** What must never be read in a log line. Short values are left out: a password "postgres" would blank every line. */
export function secretsIn(config: object): string[] {
  const values = config as Record<string, unknown>;
  return [...envOptionsOf(Object.getPrototypeOf(config) as object)]
    .filter(([, { secret }]) => secret === true)
    .flatMap(([property]) => {
      const text = values[property];
      return typeof text === 'string' ? [text, ...piecesOf(text)] : [];
    })
    .filter((text) => text.length >= 16);
}

function propertiesOf(
  ConfigClass: new () => object,
  config: object,
  options: Map<string, EnvOptions>,
): Set<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(ConfigClass, '', false, false);
  return new Set([
    ...Object.keys(config),
    ...rules.map(({ propertyName }) => propertyName),
    ...options.keys(),
  ]);
}

function kindOf(config: object, property: string): Kind {
  const initial = (config as Record<string, unknown>)[property];
  const declared: unknown = Reflect.getMetadata('design:type', config, property);
  if (typeof initial === 'number' || declared === Number) return 'number';
  if (typeof initial === 'boolean' || declared === Boolean) return 'boolean';
  if (Array.isArray(initial) || declared === Array) return 'list';
  return 'text';
}

type Converted =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

function convert(text: string, kind: Kind): Converted {
  switch (kind) {
    case 'text':
      return { ok: true, value: text };
    case 'list':
      return {
        ok: true,
        value: text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      };
    case 'number':
      // Number('0x10') and Number('1e400') are numbers too, but nobody means them.
      return /^-?\d+(\.\d+)?$/.test(text)
        ? { ok: true, value: Number(text) }
        : { ok: false, problem: 'must be a number' };
    case 'boolean': {
      const word = text.toLowerCase();
      if (TRUE.has(word)) return { ok: true, value: true };
      if (FALSE.has(word)) return { ok: true, value: false };
      return { ok: false, problem: 'must be true or false' };
    }
  }
}

function problemOf(error: ValidationError): string {
  const messages = Object.values(error.constraints ?? { unknown: 'is invalid' });
  return messages
    .map((message) => message.replaceAll(`each value in ${error.property}`, 'each value').trim())
    .map((message) =>
      message.startsWith(error.property) ? message.slice(error.property.length).trim() : message,
    )
    .join(' and ');
}

function problemFoundBy(check: (text: string) => unknown, text: string): string | undefined {
  try {
    check(text);
    return undefined;
  } catch (error) {
    return `is wrong: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function faultOf(
  property: string,
  problem: string,
  given: string | undefined,
  byDefault: unknown,
  { example, secret = false }: EnvOptions,
): ConfigFault {
  const shown = given !== undefined && !secret ? `${problem}, not "${withoutCredentials(given)}"` : problem;
  return {
    variable: variableOf(property),
    problem: secret && given !== undefined ? withoutPiecesOf(given, shown) : shown,
    example: example ?? exampleFrom(byDefault),
  };
}

function exampleFrom(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(',');
  return typeof value === 'number' ||
    typeof value === 'boolean' ||
    (typeof value === 'string' && value !== '')
    ? String(value)
    : undefined;
}

/** Any URL can carry a password, whether or not its variable is marked as secret. */
function withoutCredentials(text: string): string {
  return text.replace(/(:\/\/)[^/@\s]*@/g, '$1[redacted]@');
}

/** A rule's message may quote the value ("$value"); that of a secret is cut out again, whole and in parts. */
function withoutPiecesOf(secret: string, message: string): string {
  return [secret, ...piecesOf(secret)]
    .filter((piece) => piece.length >= 6)
    .reduce((text, piece) => text.replaceAll(piece, '[redacted]'), message);
}

function piecesOf(secret: string): string[] {
  return secret.split(/[,:/@\s]/).filter((piece) => piece !== '');
}
