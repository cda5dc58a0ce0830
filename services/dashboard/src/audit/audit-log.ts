import type { Clock } from '@clickjoin/contracts';
import { CLOCK, Problem } from '@clickjoin/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Actor } from '../sign-in/principal';
import type {
  AuditAction,
  AuditEntryView,
  AuditPage,
  AuditQuery,
  AuditSubjectView,
  FieldChangeView,
} from './audit.dto';

export interface AuditEntry {
  readonly actor: Actor;
  readonly action: AuditAction;
  readonly subject: AuditSubjectView;
  readonly changes?: readonly FieldChangeView[];
}

interface AuditRow {
  readonly audit_id: string;
  readonly at: Date;
  readonly actor_kind: Actor['kind'];
  readonly actor_name: string;
  readonly action: AuditAction;
  readonly subject_kind: AuditSubjectView['kind'];
  readonly subject_id: string;
  readonly subject_name: string;
  readonly changes: FieldChangeView[];
}

/** Who changed what. Written in the transaction of the change: the list holds what is so, and nothing else. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async write(
    tx: Pick<EntityManager, 'query'>,
    { actor, action, subject, changes = [] }: AuditEntry,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO audit (at, actor_kind, actor_name, action, subject_kind, subject_id, subject_name, changes)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        new Date(this.clock.now()),
        actor.kind,
        actor.name,
        action,
        subject.kind,
        subject.id,
        subject.name.replaceAll('\0', ''),
        JSON.stringify(changes),
      ],
    );
  }

  /** In a transaction of its own, for what happened in another service. */
  note(entry: AuditEntry): Promise<void> {
    return this.write(this.dataSource.manager, entry);
  }

  /** Newest first. @throws Problem 400 for a cursor of another list. */
  async page({ cursor, limit }: AuditQuery): Promise<AuditPage> {
    if (cursor !== undefined && !/^\d{1,18}$/.test(cursor)) {
      const message = 'is no cursor of a page of this list';
      throw new Problem(400, {
        title: 'Invalid request',
        detail: `cursor ${message}`,
        errors: [{ field: 'cursor', message }],
      });
    }
    const rows: readonly AuditRow[] = await this.dataSource.query(
      `SELECT * FROM audit WHERE $1::bigint IS NULL OR audit_id < $1 ORDER BY audit_id DESC LIMIT $2`,
      [cursor ?? null, limit + 1],
    );
    const items = rows.slice(0, limit);
    return {
      items: items.map(viewOf),
      nextCursor: rows.length > limit ? (items.at(-1)?.audit_id ?? null) : null,
    };
  }
}

const viewOf = (row: AuditRow): AuditEntryView => ({
  auditId: row.audit_id,
  at: row.at.toISOString(),
  actor: { kind: row.actor_kind, name: row.actor_name },
  action: row.action,
  subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
  changes: row.changes,
});
