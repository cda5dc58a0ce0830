/** What a statement says when one before it has already ended the transaction. */
const ABORTED = '25P02';

/**
 * Waits for statements of one transaction that were started one after the other: they are sent together and run in
 * this order, so they cost one way to the server and back. None of them may need what another one answers.
 * @throws what the first that failed threw, after all have ended: nothing is running any more when the caller rolls
 *   back
 */
export async function inOneGo<T extends readonly Promise<unknown>[]>(
  ...statements: T
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  // All of them first: what is still running would run into the rollback.
  const settled = await Promise.allSettled(statements);
  const failures = settled.flatMap((outcome): unknown[] =>
    outcome.status === 'rejected' ? [outcome.reason] : [],
  );
  if (failures.length > 0) throw failures.find((error) => !isAborted(error)) ?? failures[0];
  return Promise.all(statements);
}

/** It hides the cause, and whether trying again helps. */
const isAborted = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === ABORTED;
