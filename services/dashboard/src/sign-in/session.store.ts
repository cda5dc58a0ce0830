import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** 256 bits of random need no slow hash: nobody guesses them, and each request asks. */
const hashOf = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

@Injectable()
export class SessionStore {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns the session's token, which is stored nowhere. Takes expired sessions out on the way. */
  async begin(now: Date, expiresAt: Date): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await this.dataSource.query('DELETE FROM session WHERE expires_at <= $1', [now]);
    await this.dataSource.query(
      'INSERT INTO session (token_hash, created_at, expires_at) VALUES ($1, $2, $3)',
      [hashOf(token), now, expiresAt],
    );
    return token;
  }

  async isValid(token: string, now: Date): Promise<boolean> {
    const rows: readonly unknown[] = await this.dataSource.query(
      'SELECT 1 FROM session WHERE token_hash = $1 AND expires_at > $2',
      [hashOf(token), now],
    );
    return rows.length > 0;
  }

  async end(token: string): Promise<void> {
    await this.dataSource.query('DELETE FROM session WHERE token_hash = $1', [hashOf(token)]);
  }
}
