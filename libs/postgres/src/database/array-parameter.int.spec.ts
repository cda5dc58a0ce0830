import { createTestDatabase, type TestDatabase } from '@clickjoin/testing';
import fc from 'fast-check';
import { Client } from 'pg';
import { bigintArray, byteaArray, jsonArray, textArray, uuidArray } from './array-parameter';

describe('array parameters', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** What the server makes of the parameter, each element as its text. */
  async function received(type: string, parameter: Buffer): Promise<(string | null)[]> {
    const { rows } = await client.query<{ element: string | null }>(
      `SELECT element::text FROM unnest($1::${type}[]) WITH ORDINALITY AS e (element, position) ORDER BY position`,
      [parameter],
    );
    return rows.map(({ element }) => element);
  }

  // PostgreSQL takes no NUL in text; half of a surrogate pair is no text.
  const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes('\0'));
  const orNull = <T>(values: fc.Arbitrary<T>) => fc.array(fc.option(values), { maxLength: 20 });

  it('arrive as they are: text, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(orNull(text), async (values) => {
        expect(await received('text', textArray(values))).toEqual(values);
      }),
    );
  });

  it('arrive as they are: JSON, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(orNull(fc.json({ maxDepth: 2 })), async (documents) => {
        const values = documents.map((document) => document?.replaceAll('\\u0000', '') ?? null);
        expect(await received('json', jsonArray(values))).toEqual(values);
      }),
    );
  });

  it('arrive as they are: bytes, numbers, ids', async () => {
    await fc.assert(
      fc.asyncProperty(
        orNull(fc.uint8Array({ maxLength: 40 })),
        orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
        orNull(fc.uuid()),
        async (bytes, numbers, ids) => {
          const buffers = bytes.map((value) => (value === null ? null : Buffer.from(value)));
          expect(await received('bytea', byteaArray(buffers))).toEqual(
            buffers.map((value) => (value === null ? null : `\\x${value.toString('hex')}`)),
          );
          expect(await received('bigint', bigintArray(numbers))).toEqual(
            numbers.map((value) => value?.toString() ?? null),
          );
          expect(await received('uuid', uuidArray(ids))).toEqual(ids);
        },
      ),
    );
  });

  it('arrive as they are: whole numbers in whatever form they come', async () => {
    await fc.assert(
      fc.asyncProperty(orNull(fc.maxSafeInteger()), async (numbers) => {
        const digits = numbers.map((value) => value?.toString() ?? null);
        expect(await received('bigint', bigintArray(numbers))).toEqual(digits);
        expect(await received('bigint', bigintArray(digits))).toEqual(digits);
      }),
    );
  });

  it('take ids in any case, with or without dashes', async () => {
    const id = '0195f3a0-0000-7000-8abc-def012345678';
    expect(await received('uuid', uuidArray([id.toUpperCase(), id.replaceAll('-', '')]))).toEqual([id, id]);
  });

  it('are refused when they are not what they say', () => {
    expect(() => uuidArray(['0195f3a0-0000-7000-8000'])).toThrow(TypeError);
    for (const odd of [
      '0195f3a0-0000-7000-8abc-def01234567g',
      '0195f3a0-0000-7000-8abc_def012345678',
      '-'.repeat(36),
    ]) {
      expect(() => uuidArray([odd])).toThrow(TypeError);
    }
    expect(() => bigintArray([1.5])).toThrow(RangeError);
    expect(() => bigintArray(['12 apples'])).toThrow(/BigInt/);
    expect(() => bigintArray([2n ** 63n])).toThrow(/out of range/);
  });
});
