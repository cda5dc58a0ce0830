import { types } from 'node:util';
import { Retriable } from '../errors';

/** SQLSTATE classes of which doing it again may go well: connection, rollback, resources, operator. */
const TRANSIENT_SQL = /^(08...|40...|53...|57...|55P03|25P0[23]|58...)$/;
const TRANSIENT_IO = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * Whether the same slice is worth another try. The chain of causes counts, since TypeORM and others wrap what
 * the driver threw. Not by `instanceof Error`: errors of Node itself come from another realm under Jest.
 */
export function isTransient(error: unknown): boolean {
  const seen = new Set<unknown>();
  for (let cause = error; types.isNativeError(cause) && !seen.has(cause); cause = causeOf(cause)) {
    seen.add(cause);
    if (cause instanceof Retriable) return true;
    const code = codeOf(cause);
    if (code !== undefined && (TRANSIENT_IO.has(code) || TRANSIENT_SQL.test(code))) return true;
  }
  return false;
}

const causeOf = (error: Error): unknown =>
  error.cause ?? ('driverError' in error ? error.driverError : undefined);

const codeOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Mistakes in a program: no database that comes back makes them go away. */
export const isProgrammingError = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof ReferenceError ||
  error instanceof RangeError ||
  error instanceof SyntaxError;
