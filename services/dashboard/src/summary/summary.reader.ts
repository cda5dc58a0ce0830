import type { LinkKind } from '@clickjoin/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ScopeQuery } from '../api/page.dto';
import type { SummaryView } from './summary.dto';

type Counts = Record<string, number>;

interface Sums {
  readonly clicks: Counts | null;
  readonly joins: Counts | null;
  readonly organic: Counts | null;
  readonly deliveries: Counts | null;
  readonly verdicts: Counts | null;
  readonly retried: number;
}

const ATTRIBUTABLE = ['stock', 'caller', 'bot-start'] as const satisfies readonly LinkKind[];

const total = (counts: Counts | null): number => Object.values(counts ?? {}).reduce((sum, n) => sum + n, 0);

/** Counts rows, so the sums are right after any duplicate, replay or restart. */
@Injectable()
export class SummaryReader {
  constructor(private readonly dataSource: DataSource) {}

  /** One statement, so that all figures are of one moment. */
  async summary({ siteId, chatId, from, to }: ScopeQuery): Promise<SummaryView> {
    const scope = (siteColumn: string, timeColumn: string): string =>
      `($1::uuid IS NULL OR ${siteColumn} = $1) AND ($2::bigint IS NULL OR chat_id = $2)
       AND ($3::timestamptz IS NULL OR ${timeColumn} >= $3) AND ($4::timestamptz IS NULL OR ${timeColumn} < $4)`;
    // An organic join belongs to no click, and so to the site that its channel is set up for now.
    const joinsSite = `coalesce(site_id, (SELECT c.site_id FROM channel c WHERE c.chat_id = "join".chat_id))`;
    const rows: readonly Sums[] = await this.dataSource.query(
      `WITH attempted AS (
         SELECT verdict, count(*)::int AS n, (count(*) FILTER (WHERE number > 1))::int AS retried
           FROM attempt JOIN delivery USING (delivery_id)
          WHERE ${scope('site_id', 'joined_at')} GROUP BY verdict
       ), joined AS (
         SELECT outcome, organic_reason, count(*)::int AS n
           FROM "join" WHERE outcome <> 'erased' AND ${scope(joinsSite, 'joined_at')} GROUP BY outcome, organic_reason
       )
       SELECT
         (SELECT json_object_agg(link_kind, n) FROM (
            SELECT link_kind, count(*)::int AS n FROM click
             WHERE ${scope('site_id', 'captured_at')} GROUP BY link_kind) AS clicked) AS clicks,
         (SELECT json_object_agg(outcome, n) FROM (
            SELECT outcome, sum(n)::int AS n FROM joined GROUP BY outcome) AS by_outcome) AS joins,
         (SELECT json_object_agg(organic_reason, n) FROM joined WHERE outcome = 'organic') AS organic,
         (SELECT json_object_agg(state, n) FROM (
            SELECT state, count(*)::int AS n FROM delivery
             WHERE ${scope('site_id', 'joined_at')} GROUP BY state) AS delivered) AS deliveries,
         (SELECT json_object_agg(verdict, n) FROM attempted) AS verdicts,
         (SELECT coalesce(sum(retried), 0)::int FROM attempted) AS retried`,
      [siteId ?? null, chatId ?? null, from ?? null, to ?? null],
    );
    return summaryOf(rows[0]);
  }
}

function summaryOf(sums: Sums | undefined): SummaryView {
  const { clicks = null, joins = null, organic = null, deliveries = null, verdicts = null } = sums ?? {};
  return {
    clicks: total(clicks),
    clicksAttributable: ATTRIBUTABLE.reduce((sum, kind) => sum + (clicks?.[kind] ?? 0), 0),
    joins: total(joins),
    attributed: joins?.['attributed'] ?? 0,
    organic: organic ?? {},
    waiting: joins?.['waiting'] ?? 0,
    deliveries: deliveries ?? {},
    attempts: { total: total(verdicts), retried: sums?.retried ?? 0, byVerdict: verdicts ?? {} },
  };
}
