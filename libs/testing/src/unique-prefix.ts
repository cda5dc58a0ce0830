import { randomBytes } from 'node:crypto';

/** A topic prefix that no other spec file or run has: `t-<name>-<random>.`. */
export function uniquePrefix(name: string): string {
  return `t-${name}-${randomBytes(5).toString('hex')}.`;
}
