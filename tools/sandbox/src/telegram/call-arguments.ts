import { isObject } from '../input';
import { badRequest } from './api-error';

/**
 * Arguments of a call, whichever way they came: query string and form carry text only, JSON carries types.
 * Telegram takes `"5"` for 5 and `"true"` for true, and reads lists out of text, so this does too.
 */
export class CallArguments {
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  text(name: string): string | undefined {
    const value = this.values[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return JSON.stringify(value);
  }

  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === '') return undefined;
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw badRequest(`invalid ${name} specified`);
    return value;
  }

  flag(name: string): boolean {
    const text = this.text(name)?.toLowerCase();
    return text === 'true' || text === 'yes' || text === '1';
  }

  /** A list of texts, or undefined when the argument is missing or empty text. */
  texts(name: string): readonly string[] | undefined {
    const value = this.values[name];
    if (value === undefined || value === null || value === '') return undefined;
    const list: unknown = typeof value === 'string' ? parsed(value, name) : value;
    if (!Array.isArray(list)) throw badRequest(`can't parse ${name} JSON object`);
    return list.filter((item): item is string => typeof item === 'string');
  }

  /** A JSON object, or one written as text. */
  object(name: string): Readonly<Record<string, unknown>> {
    const value = this.values[name];
    const object: unknown = typeof value === 'string' ? parsed(value, name) : value;
    if (!isObject(object)) throw badRequest(`can't parse ${name} JSON object`);
    return object;
  }

  /** @throws ApiError 400 when it is missing. */
  required(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === '') throw badRequest(`parameter "${name}" is required`);
    return text;
  }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw Object.assign(badRequest(`can't parse ${name} JSON object`), { cause });
  }
}

/**
 * The arguments in a body: a JSON object or a form.
 * @throws ApiError 400 for broken JSON.
 */
export function readBody(body: string, contentType: string): Readonly<Record<string, unknown>> {
  if (body.trim() === '') return {};
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(body));
  }
  if (!contentType.startsWith('application/json')) {
    throw badRequest('the sandbox reads JSON and application/x-www-form-urlencoded bodies only');
  }
  const value = parsed(body, 'request');
  if (!isObject(value)) throw badRequest("can't parse request JSON object");
  return value;
}
