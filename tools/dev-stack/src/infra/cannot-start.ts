import { types } from 'node:util';

/**
 * Something the user can put right: no Java, a port in use, no disk.
 * Its message is one sentence that says what to do, and is shown without a stack trace.
 */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** The system's error code (`ENOSPC`, `EADDRINUSE`, …), where the error carries one. */
export function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Not by `instanceof`: under Jest the system's errors belong to another realm than the code. */
export function messageOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}

/** Turns a full disk or a missing permission into a sentence; any other error is returned as it is. */
export function explainDisk(error: unknown, folder: string): unknown {
  switch (systemCode(error)) {
    case 'ENOSPC':
      return new CannotStart(`The disk that holds ${folder} is full: free about 500 MB and start again.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CannotStart(`${folder} cannot be written: change its permissions or choose another folder.`);
    case undefined:
    default:
      return error;
  }
}
