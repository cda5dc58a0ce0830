import { types } from 'node:util';
import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';

/** Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html that another try may not meet. */
const TRANSIENT_CLASSES = ['08', '53'];
const TRANSIENT_STATES = new Set([
  '25006', // read_only_sql_transaction: connected to the old primary during a failover
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55006', // object_in_use: the template database is being copied right now
  '55P03', // lock_not_available: lock_timeout
  '57014', // query_canceled: statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: still starting up
  '57P05', // idle_session_timeout
]);
const TRANSIENT_ERRNOS = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
/** pg gives these no code, so their text is all there is. The tests meet the first two for real. */
const TRANSIENT_MESSAGES = [
  /^Connection terminated/,
  /^Client has encountered a connection error and is not queryable/,
  /^Client was closed and is not queryable/,
  /timeout exceeded when trying to connect/,
];

/**
 * Whether a named statement is no longer what it was when the connection parsed it: a newer instance has changed the
 * table, or something between us and the server has exchanged the session. Another connection knows better.
 */
export function isStaleStatement(error: unknown): boolean {
  if (!types.isNativeError(error)) return false;
  const { code, routine } = error as { code?: unknown; routine?: unknown };
  return code === '26000' || (code === '0A000' && routine === 'RevalidateCachedQuery');
}

/**
 * Whether the same work may succeed later: the server is away, restarting, overloaded, or two transactions met. After
 * a connection lost during COMMIT the work may have been done: only what is safe to repeat (a fenced transaction, a
 * unique key) may be retried on it.
 */
export function isTransientDatabaseError(error: unknown): boolean {
  // Not `instanceof`: Node's own network errors are of another realm under Jest, and would be judged otherwise there.
  if (!types.isNativeError(error)) return false;
  // The connection broke within a transaction.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  if (error instanceof QueryRunnerProviderAlreadyReleasedError) return true;
  if (error instanceof QueryFailedError) return isTransientDatabaseError(error.driverError);
  if (isStaleStatement(error)) return true;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  // IPv6 and IPv4 were both tried.
  if (Array.isArray(errors)) return errors.some(isTransientDatabaseError);
  if (typeof code === 'string') {
    return (
      TRANSIENT_STATES.has(code) ||
      TRANSIENT_ERRNOS.has(code) ||
      (code.length === 5 && TRANSIENT_CLASSES.includes(code.slice(0, 2)))
    );
  }
  return TRANSIENT_MESSAGES.some((pattern) => pattern.test(error.message));
}
