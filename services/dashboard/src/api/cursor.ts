import { UUID } from '@clickjoin/contracts';
import { Problem } from '@clickjoin/service-kit';

/** Where a page ended: the last row's time and id. New rows at the top don't shift what comes after it. */
export interface Position {
  readonly at: Date;
  readonly id: string;
}

/** Opaque to clients, so that its content may change. */
export const encodeCursor = ({ at, id }: Position): string =>
  Buffer.from(`${at.getTime()}.${id}`, 'utf8').toString('base64url');

/** @throws Problem 400 for a cursor that this service did not make. */
export function decodeCursor(cursor: string): Position {
  const [, time = '', id = ''] =
    /^(-?\d{1,15})\.(.+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  const at = new Date(Number(time));
  if (time === '' || Number.isNaN(at.getTime()) || !UUID.test(id)) {
    const message = 'is no cursor of a page of this list';
    throw new Problem(400, {
      title: 'Invalid request',
      detail: `cursor ${message}`,
      errors: [{ field: 'cursor', message }],
    });
  }
  return { at, id };
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** @param rows one more than the page holds, if there are that many: it says that there is a next page. */
export function pageOf<T extends Position>(rows: readonly T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(last) : null };
}
