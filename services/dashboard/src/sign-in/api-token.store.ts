import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Principal, TokenScope } from './principal';
import { hashOf } from './token-hash';

export interface ApiTokenRow {
  readonly token_id: string;
  readonly prefix: string;
  readonly name: string;
  readonly scope: TokenScope;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

const COLUMNS = 'token_id, prefix, name, scope, created_at, last_used_at';

@Injectable()
export class ApiTokenStore {
  constructor(private readonly dataSource: DataSource) {}

  list(): Promise<readonly ApiTokenRow[]> {
    return this.dataSource.query(`SELECT ${COLUMNS} FROM api_token ORDER BY created_at, token_id`);
  }

  async add(
    tx: EntityManager,
    token: string,
    { token_id, prefix, name, scope, created_at }: Omit<ApiTokenRow, 'last_used_at'>,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO api_token (token_id, token_hash, prefix, name, scope, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
      [token_id, hashOf(token), prefix, name, scope, created_at],
    );
  }

  /** @returns what it was called; undefined when there is none. */
  async remove(tx: EntityManager, tokenId: string): Promise<string | undefined> {
    const [rows]: [readonly { name: string }[], number] = await tx.query(
      'DELETE FROM api_token WHERE token_id = $1 RETURNING name',
      [tokenId],
    );
    return rows[0]?.name;
  }

  /** Whose token it is. Notes the use, at most once a minute: a program may ask a hundred times a second. */
  async find(token: string, now: Date): Promise<Principal | undefined> {
    const rows: readonly ApiTokenRow[] = await this.dataSource.query(
      `SELECT ${COLUMNS} FROM api_token WHERE token_hash = $1`,
      [hashOf(token)],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    if (row.last_used_at === null || now.getTime() - row.last_used_at.getTime() >= 60_000)
      await this.dataSource.query('UPDATE api_token SET last_used_at = $2 WHERE token_id = $1', [
        row.token_id,
        now,
      ]);
    return { kind: 'api-token', tokenId: row.token_id, name: row.name, scope: row.scope };
  }
}
