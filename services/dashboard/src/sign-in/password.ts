import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';

export interface Cost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * Cost of one guess: 32 MiB of memory, three passes, about a quarter of a second on a small server.
 * Source: OWASP Password Storage Cheat Sheet, scrypt.
 */
const COST: Cost = { log2N: 15, r: 8, p: 3 };
const HASH_BYTES = 32;
const STORED = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9_-]+)\$([A-Za-z0-9_-]+)$/;

function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const N = 2 ** log2N;
  // Node's default ceiling of 32 MiB is just below what this cost needs.
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
  return new Promise((resolve, reject) => {
    // One form for what a keyboard may send in two: é as one character, or as e and an accent.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}

/** @returns `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`: the cost stands with the hash, so it can be raised later. */
export async function hashPassword(password: string, cost = COST): Promise<string> {
  const salt = randomBytes(16);
  const { log2N, r, p } = cost;
  const hash = await derive(password, salt, cost);
  return ['scrypt', log2N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Constant time in the password. @throws TypeError when what is stored is no hash of ours. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const [, log2N, r, p, salt, hash] = STORED.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) throw new TypeError('the stored password hash is unreadable');
  const expected = Buffer.from(hash, 'base64url');
  const cost: Cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** 144 bits: nobody guesses it, and it can be copied from a terminal by a double click. */
export const newPassword = (): string =>
  randomBytes(18).toString('base64url').replaceAll('-', 'x').replaceAll('_', 'y');
