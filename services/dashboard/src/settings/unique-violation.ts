import { QueryFailedError } from 'typeorm';

/**
 * Whether the database refused a row for this constraint: the unique key decides, not a check before the act.
 * 23505: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function violatesUnique(error: unknown, constraint: string): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code, constraint: violated } = error.driverError as { code?: unknown; constraint?: unknown };
  return code === '23505' && violated === constraint;
}
