import { randomBytes } from 'node:crypto';
import { newSettingsId, type Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Data } from '../api/data';
import { notFound } from '../api/fields';
import { AuditLog } from '../audit/audit-log';
import { fieldChanges } from '../audit/field-changes';
import { ApiTokenStore, type ApiTokenRow } from '../sign-in/api-token.store';
import type { Actor } from '../sign-in/principal';
import type { ApiTokenView, CreatedApiTokenView, NewApiTokenDto } from './api-token.dto';

@Injectable()
export class ApiTokensService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ApiTokenStore,
    private readonly audit: AuditLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(): Promise<ApiTokenView[]> {
    return (await this.store.list()).map(viewOf);
  }

  create({ name, scope }: NewApiTokenDto, actor: Actor): Promise<CreatedApiTokenView> {
    // Begins alike for all, so that programs that look for leaked secrets can know it.
    const token = `cj_${randomBytes(32).toString('base64url')}`;
    const row: ApiTokenRow = {
      token_id: newSettingsId(),
      prefix: token.slice(0, 7),
      name,
      scope,
      created_at: new Date(this.clock.now()),
      last_used_at: null,
    };
    return this.dataSource.transaction(async (tx) => {
      await this.store.add(tx, token, row);
      const subject = { kind: 'api-token', id: row.token_id, name } as const;
      await this.audit.write(tx, {
        actor,
        action: 'created',
        subject,
        changes: fieldChanges(undefined, { scope }),
      });
      return { ...viewOf(row), token };
    });
  }

  /** @throws Problem 404 */
  remove(tokenId: string, actor: Actor): Promise<void> {
    return this.dataSource.transaction(async (tx) => {
      const name = await this.store.remove(tx, tokenId);
      if (name === undefined) throw notFound('API token', tokenId);
      await this.audit.write(tx, {
        actor,
        action: 'removed',
        subject: { kind: 'api-token', id: tokenId, name },
      });
    });
  }
}

const viewOf = (row: ApiTokenRow): Data<ApiTokenView> => ({
  tokenId: row.token_id,
  name: row.name,
  scope: row.scope,
  prefix: row.prefix,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
});
