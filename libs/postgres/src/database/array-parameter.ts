/** PostgreSQL's numbers for the element types (catalog pg_type). */
const OID = { bytea: 17, bigint: 20, text: 25, json: 114, uuid: 2950 } as const;

const HEAD_BYTES = 20;
const NO_ELEMENTS = 12;

type Writer<T> = (target: Buffer, at: number, value: T) => number;
type Sizer<T> = (value: T) => number;

/**
 * An array for `unnest($1::text[])` and its like, in the server's binary format (`array_recv`). As text, which pg
 * makes of a JavaScript array, every quote of every JSON document is escaped here and unescaped there, and bytes are
 * sent as twice as many hex digits: a third of the work of a batch.
 */
function arrayOf<T>(oid: number, values: readonly (T | null)[], sizeOf: Sizer<T>, write: Writer<T>): Buffer {
  if (values.length === 0) {
    const empty = Buffer.alloc(NO_ELEMENTS);
    empty.writeInt32BE(oid, 8);
    return empty;
  }
  let bytes = HEAD_BYTES;
  let hasNull = 0;
  for (const value of values) {
    bytes += 4;
    if (value === null) hasNull = 1;
    else bytes += sizeOf(value);
  }
  const array = Buffer.allocUnsafe(bytes);
  array.writeInt32BE(1, 0); // dimensions
  array.writeInt32BE(hasNull, 4);
  array.writeInt32BE(oid, 8);
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16); // index of the first element
  let at = HEAD_BYTES;
  for (const value of values) {
    const length = value === null ? -1 : write(array, at + 4, value);
    array.writeInt32BE(length, at);
    at += 4 + Math.max(0, length);
  }
  return array;
}

const byteLength: Sizer<string> = (value) => Buffer.byteLength(value, 'utf8');
const writeText: Writer<string> = (target, at, value) => target.write(value, at, 'utf8');

/** For parameters cast to `text[]`. */
export const textArray = (values: readonly (string | null)[]): Buffer =>
  arrayOf(OID.text, values, byteLength, writeText);

/** For parameters cast to `json[]`: documents as text, as `JSON.stringify` gives them. */
export const jsonArray = (documents: readonly (string | null)[]): Buffer =>
  arrayOf(OID.json, documents, byteLength, writeText);

/** For parameters cast to `bytea[]`. */
export const byteaArray = (values: readonly (Buffer | null)[]): Buffer =>
  arrayOf(
    OID.bytea,
    values,
    (value) => value.length,
    (target, at, value) => value.copy(target, at),
  );

/** For parameters cast to `bigint[]`. @throws SyntaxError, RangeError for what is no 64-bit integer */
export const bigintArray = (values: readonly (bigint | number | string | null)[]): Buffer =>
  arrayOf(OID.bigint, values, () => 8, writeBigint);

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** For parameters cast to `uuid[]`. @throws TypeError for what is none: half of one would be somebody else's id */
export const uuidArray = (values: readonly (string | null)[]): Buffer =>
  arrayOf(OID.uuid, values, () => 16, writeUuid);

/** What a double holds exactly goes as two halves, without making a BigInt of it. */
const writeBigint: Writer<bigint | number | string> = (target, at, value) => {
  const number = typeof value === 'number' ? value : isShort(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number)) {
    target.writeBigInt64BE(BigInt(value), at);
    return 8;
  }
  const high = Math.floor(number / 4_294_967_296);
  target.writeInt32BE(high, at);
  target.writeUInt32BE(number - high * 4_294_967_296, at + 4);
  return 8;
};

/** Below 2^53 in any case; empty or blank is no number, though `Number` makes 0 of it, and BigInt decides. */
const isShort = (value: bigint | string): value is string =>
  typeof value === 'string' && value.length <= 15 && /^-?\d+$/.test(value);

/** Of each character of the usual form: four bits, or what is none. */
const NIBBLES = new Uint8Array(128).fill(255);
for (const [value, digit] of Array.from('0123456789abcdef').entries()) {
  NIBBLES[digit.charCodeAt(0)] = value;
  NIBBLES[digit.toUpperCase().charCodeAt(0)] = value;
}

const DASH = 45;

const writeUuid: Writer<string> = (target, at, value) => {
  if (value.length !== 36) return writeUnusualUuid(target, at, value);
  let end = at;
  for (let index = 0; index < 36; index += 2) {
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (value.charCodeAt(index) !== DASH) return writeUnusualUuid(target, at, value);
      index += 1;
    }
    const high = NIBBLES[value.charCodeAt(index)] ?? 255;
    const low = NIBBLES[value.charCodeAt(index + 1)] ?? 255;
    if ((high | low) > 15) return writeUnusualUuid(target, at, value);
    target[end] = (high << 4) | low;
    end += 1;
  }
  return 16;
};

function writeUnusualUuid(target: Buffer, at: number, value: string): number {
  if (!UUID.test(value)) throw new TypeError(`"${value}" is no UUID`);
  return target.write(value.replaceAll('-', ''), at, 'hex');
}
