import { types } from 'node:util';

export interface SerializedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | number;
  readonly cause?: SerializedError;
  readonly errors?: readonly SerializedError[];
}

const DEPTH = 5;

/**
 * Only what helps to find a fault. Other fields of an error are left out on purpose: a failed statement carries its
 * bound values, and Postgres quotes the row in `detail`.
 */
export function serializeError(error: unknown, depth = DEPTH): SerializedError {
  if (!isError(error)) return { type: typeof error, message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.cause === undefined || depth === 0 ? {} : { cause: serializeError(error.cause, depth - 1) }),
    ...(error instanceof AggregateError && depth > 0
      ? { errors: error.errors.map((inner) => serializeError(inner, depth - 1)) }
      : {}),
  };
}

/** Across realms too: Node's own errors are not `instanceof Error` inside Jest's sandbox. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}
