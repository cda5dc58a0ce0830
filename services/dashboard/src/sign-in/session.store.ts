import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Principal } from './principal';
import { hashOf } from './token-hash';

@Injectable()
export class SessionStore {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns the session's token, which is stored nowhere. Takes expired sessions out on the way. */
  async begin(now: Date, expiresAt: Date, tx: EntityManager = this.dataSource.manager): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await tx.query('DELETE FROM session WHERE expires_at <= $1', [now]);
    await tx.query('INSERT INTO session (token_hash, created_at, expires_at) VALUES ($1, $2, $3)', [
      hashOf(token),
      now,
      expiresAt,
    ]);
    return token;
  }

  async find(token: string, now: Date): Promise<Principal | undefined> {
    const tokenHash = hashOf(token);
    const rows: readonly { expires_at: Date }[] = await this.dataSource.query(
      'SELECT expires_at FROM session WHERE token_hash = $1 AND expires_at > $2',
      [tokenHash, now],
    );
    return rows[0] === undefined ? undefined : { kind: 'session', tokenHash, expiresAt: rows[0].expires_at };
  }

  async end(token: string): Promise<void> {
    await this.dataSource.query('DELETE FROM session WHERE token_hash = $1', [hashOf(token)]);
  }
}
