import type { ScriptSeen } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

export interface ScriptSighting {
  readonly origin: string;
  readonly seenAt: Date;
  readonly trackerVersion: string | null;
}

/** Where the tracker ran, by site and origin. */
@Injectable()
export class ScriptSeenStore {
  constructor(private readonly dataSource: DataSource) {}

  /** In any order, any number of times: the latest of each origin stands. */
  async apply(tx: Pick<EntityManager, 'query'>, sightings: readonly ScriptSeen[]): Promise<void> {
    await tx.query(
      `INSERT INTO script_seen (site_id, origin, seen_at, tracker_version)
       SELECT DISTINCT ON (site_id, origin) *
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
           AS seen (site_id, origin, seen_at, tracker_version)
        ORDER BY site_id, origin, seen_at DESC, tracker_version DESC
       ON CONFLICT (site_id, origin) DO UPDATE
         SET seen_at = excluded.seen_at, tracker_version = excluded.tracker_version
       WHERE excluded.seen_at > script_seen.seen_at`,
      [
        sightings.map(({ siteId }) => siteId),
        sightings.map(({ origin }) => origin.replaceAll('\0', '')),
        sightings.map(({ seenAt }) => seenAt),
        sightings.map(({ trackerVersion }) => trackerVersion?.replaceAll('\0', '') ?? null),
      ],
    );
  }

  /** The latest first. */
  async of(siteId: string): Promise<ScriptSighting[]> {
    const rows: readonly { origin: string; seen_at: Date; tracker_version: string | null }[] =
      await this.dataSource.query(
        'SELECT origin, seen_at, tracker_version FROM script_seen WHERE site_id = $1 ORDER BY seen_at DESC LIMIT 200',
        [siteId],
      );
    return rows.map((row) => ({
      origin: row.origin,
      seenAt: row.seen_at,
      trackerVersion: row.tracker_version,
    }));
  }
}
