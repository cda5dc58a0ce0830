/** The start can't go on without somebody's help; the message says what to do. Never retried. */
export class DatabaseSetupError extends Error {
  override readonly name = 'DatabaseSetupError';
}
