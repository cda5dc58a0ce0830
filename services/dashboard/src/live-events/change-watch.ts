import { topics } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SERVICE } from '../service-name';
import type { Principal } from '../sign-in/principal';
import { CHANGED_KINDS, type ChangedKind } from './live-event.dto';

const OF_TOPIC: Readonly<Record<string, ChangedKind>> = {
  [topics.clickCaptured.name]: 'clicks',
  [topics.joinReceived.name]: 'joins',
  [topics.memberLeft.name]: 'joins',
  [topics.conversionAttributed.name]: 'joins',
  [topics.joinOrganic.name]: 'joins',
  [topics.personErased.name]: 'joins',
  [topics.deliveryUpdated.name]: 'deliveries',
  [topics.channelDetected.name]: 'channels',
  [topics.chatMigrated.name]: 'channels',
  [topics.botChecked.name]: 'bots',
  [topics.pixelStateChanged.name]: 'pixels',
  [topics.scriptSeen.name]: 'sites',
};
const OF_SUBJECT: Readonly<Record<string, ChangedKind>> = {
  site: 'sites',
  channel: 'channels',
  pixel: 'pixels',
  bot: 'bots',
  delivery: 'deliveries',
  person: 'joins',
};

export interface Look {
  /** What changed since the look before; nothing at the first. */
  readonly kinds: readonly ChangedKind[];
  /** Whether somebody is still signed in. */
  readonly valid: (principal: Principal) => boolean;
}

interface LookRow {
  readonly progress: Readonly<Record<string, string>> | null;
  readonly audit: string | null;
  readonly sessions: readonly string[] | null;
  readonly tokens: readonly string[] | null;
}

/** What there is to see of changes: a small table of offsets, the end of the list of changes, and the sessions. */
@Injectable()
export class ChangeWatch {
  private progress: Readonly<Record<string, string>> | undefined;
  private audit: string | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** Begins anew: what happened while nobody looked is no news to the next who comes. */
  forget(): void {
    this.progress = undefined;
    this.audit = undefined;
  }

  async look(principals: readonly Principal[], now: Date): Promise<Look> {
    const hashes = principals.flatMap((each) => (each.kind === 'session' ? [each.tokenHash] : []));
    const tokenIds = principals.flatMap((each) => (each.kind === 'api-token' ? [each.tokenId] : []));
    const rows: readonly LookRow[] = await this.dataSource.query(
      `SELECT
         (SELECT json_object_agg(topic, moved) FROM (
            SELECT topic, sum(next_offset)::text AS moved FROM consumer_offset WHERE consumer_group = $1
             GROUP BY topic) AS by_topic) AS progress,
         (SELECT max(audit_id)::text FROM audit) AS audit,
         (SELECT array_agg(encode(token_hash, 'hex')) FROM session
           WHERE token_hash = ANY($2::bytea[]) AND expires_at > $3) AS sessions,
         (SELECT array_agg(token_id) FROM api_token WHERE token_id = ANY($4::uuid[])) AS tokens`,
      [SERVICE, hashes, now, tokenIds],
    );
    const { progress, audit, sessions, tokens } = rows[0] ?? {
      progress: null,
      audit: null,
      sessions: null,
      tokens: null,
    };
    const alive = new Set([...(sessions ?? []), ...(tokens ?? [])]);
    return {
      kinds: await this.kindsOf(progress ?? {}, audit ?? '0'),
      valid: (principal) =>
        alive.has(principal.kind === 'session' ? principal.tokenHash.toString('hex') : principal.tokenId),
    };
  }

  private async kindsOf(progress: Readonly<Record<string, string>>, audit: string): Promise<ChangedKind[]> {
    const [before, auditBefore] = [this.progress, this.audit];
    this.progress = progress;
    this.audit = audit;
    if (before === undefined || auditBefore === undefined) return [];
    const kinds = new Set<ChangedKind>();
    for (const [topic, moved] of Object.entries(progress)) {
      const kind = OF_TOPIC[topic];
      if (kind !== undefined && before[topic] !== moved) kinds.add(kind);
    }
    if (audit !== auditBefore) {
      const subjects: readonly { subject_kind: string }[] = await this.dataSource.query(
        'SELECT DISTINCT subject_kind FROM audit WHERE audit_id > $1',
        [auditBefore],
      );
      kinds.add('access');
      for (const { subject_kind } of subjects) {
        const kind = OF_SUBJECT[subject_kind];
        if (kind !== undefined) kinds.add(kind);
      }
    }
    return CHANGED_KINDS.filter((kind) => kinds.has(kind));
  }
}
