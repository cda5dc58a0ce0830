import { createHash } from 'node:crypto';

/** 256 bits of random need no slow hash: nobody guesses them, and each request asks. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();
