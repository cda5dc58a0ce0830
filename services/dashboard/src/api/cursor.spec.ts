import { Problem } from '@clickjoin/service-kit';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, pageOf } from './cursor';

const ID = '0198f3a0-0000-5000-8000-000000000001';

describe('cursor', () => {
  it('brings back the position that it was made of', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
        fc.uuid(),
        (at, id) => expect(decodeCursor(encodeCursor({ at, id }))).toEqual({ at, id }),
      ),
    );
  });

  it('holds nothing that needs escaping in a URL', () => {
    expect(encodeCursor({ at: new Date(0), id: ID })).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each([
    { name: 'empty', cursor: '' },
    { name: 'made up', cursor: 'page2' },
    { name: 'another id', cursor: Buffer.from("5.' OR 1=1").toString('base64url') },
    { name: 'a time out of range', cursor: Buffer.from(`999999999999999999.${ID}`).toString('base64url') },
    {
      name: 'a time that no calendar has',
      cursor: Buffer.from(`999999999999999.${ID}x`).toString('base64url'),
    },
  ])('refuses one that is $name, naming the field', ({ cursor }) => {
    try {
      decodeCursor(cursor);
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      expect(error).toMatchObject({ status: 400, errors: [{ field: 'cursor' }] });
      return;
    }
    throw new Error('it was taken');
  });
});

describe('pageOf', () => {
  const rows = [1, 2, 3].map((day) => ({ at: new Date(Date.UTC(2026, 0, day)), id: ID, day }));

  it('has a next page when there was one row more', () => {
    const page = pageOf(rows, 2);
    expect(page.items).toEqual(rows.slice(0, 2));
    expect(page.nextCursor).toBe(encodeCursor({ at: new Date(Date.UTC(2026, 0, 2)), id: ID }));
  });

  it.each([3, 4])('is the last page when all rows fit (%i)', (limit) => {
    expect(pageOf(rows, limit)).toEqual({ items: rows, nextCursor: null });
  });

  it('is the last page when there is nothing', () =>
    expect(pageOf([], 5)).toEqual({ items: [], nextCursor: null }));
});
