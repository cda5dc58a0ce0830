import type { DeliveryState, MatchLevel, OrganicReason } from '@clickjoin/contracts';
import { MATCH_LEVELS } from '@clickjoin/contracts';
import { Problem } from '@clickjoin/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ORGANIC_REASONS_IN_WORDS } from '../joins/organic-reasons';
import { SitesService } from '../sites/sites.service';
import type {
  OverviewChannel,
  OverviewCounts,
  OverviewQuery,
  OverviewStep,
  OverviewTotals,
  OverviewView,
} from './overview.dto';

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const MOST_STEPS = 2_000;
const STEP_MS = { hour: 60 * 60_000, day: DAY_MS } as const;

interface Sums {
  readonly series: readonly (Omit<OverviewStep, 'joins'> & { startAt: string })[];
  readonly channels: readonly Omit<OverviewChannel, 'joins'>[];
  readonly totals: Omit<OverviewTotals, 'joins'>;
  readonly labels: readonly { readonly measure: string; readonly label: string; readonly n: number }[];
}

const COUNTS = 'clicks, attributed, organic, waiting, accepted';
const SUMS = COUNTS.split(', ')
  .map((column) => `coalesce(sum(${column}), 0)::int AS ${column}`)
  .join(', ');

/** Adds up the sums that are kept by a quarter of an hour: the time it takes depends on the period, not on the joins. */
@Injectable()
export class OverviewReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sites: SitesService,
  ) {}

  /** @throws Problem 404 without the site, 400 for a period that is none or has too many steps. */
  async overview(siteId: string, query: OverviewQuery): Promise<OverviewView> {
    const { interval = 'day', timeZone = 'UTC', chatId } = query;
    const { from, to } = periodOf(query);
    await this.sites.get(siteId);
    const rows: readonly { overview: Sums }[] = await this.dataSource.query(STATEMENT, [
      siteId,
      from,
      to,
      chatId ?? null,
      interval,
      timeZone,
      new Date(Math.ceil(from.getTime() / DAY_MS) * DAY_MS),
      new Date(Math.floor(to.getTime() / DAY_MS) * DAY_MS),
    ]);
    const sums = rows[0]?.overview;
    if (sums === undefined) throw new Error('an aggregate without a row');
    const labelled = (measure: string): readonly { label: string; n: number }[] =>
      sums.labels.filter((each) => each.measure === measure);
    return {
      siteId,
      from: from.toISOString(),
      to: to.toISOString(),
      interval,
      timeZone,
      totals: withJoins(sums.totals),
      series: sums.series.map((step) =>
        withJoins({ ...step, startAt: new Date(step.startAt).toISOString() }),
      ),
      organicReasons: labelled('reason').map(({ label, n }) => ({
        reason: label as OrganicReason,
        title: ORGANIC_REASONS_IN_WORDS[label as OrganicReason].title,
        count: n,
      })),
      deliveryStates: labelled('state').map(({ label, n }) => ({ state: label as DeliveryState, count: n })),
      matchLevels: MATCH_LEVELS.map((level: MatchLevel) => ({
        level,
        count: labelled('match').find(({ label }) => label === level)?.n ?? 0,
      })),
      channels: sums.channels.map(withJoins),
    };
  }
}

const withJoins = <T extends Omit<OverviewCounts, 'joins'>>(counts: T): T & { joins: number } => ({
  ...counts,
  joins: counts.attributed + counts.organic + counts.waiting,
});

function periodOf({ from, to, interval = 'day' }: OverviewQuery): { from: Date; to: Date } {
  const start = new Date(Math.floor(Date.parse(from) / QUARTER_MS) * QUARTER_MS);
  const end = new Date(Math.ceil(Date.parse(to) / QUARTER_MS) * QUARTER_MS);
  const lengthMs = end.getTime() - start.getTime();
  const fault =
    lengthMs <= 0
      ? { field: 'to', message: 'must be later than from' }
      : lengthMs / STEP_MS[interval] > MOST_STEPS
        ? {
            field: 'interval',
            message: `makes more than ${MOST_STEPS} steps in this period: choose a longer one`,
          }
        : undefined;
  if (fault !== undefined)
    throw new Problem(400, {
      title: 'Invalid request',
      detail: `${fault.field} ${fault.message}`,
      errors: [fault],
    });
  return { from: start, to: end };
}

const OF_SITE = `
       (site_id = $1 OR (site_id = '00000000-0000-0000-0000-000000000000'
                         AND chat_id IN (SELECT chat_id FROM channel WHERE site_id = $1)))
       AND ($4::bigint IS NULL OR chat_id = $4)`;

/**
 * $1 site, $2 from, $3 to, $4 channel or null, $5 'hour' or 'day', $6 time zone, $7 and $8 the whole UTC days between.
 * One statement: all figures are of one moment. The quarters are read once for all that is made of them. The steps
 * are found from the quarters themselves, since on the day the clocks change hours and days don't follow each other
 * in equal distance.
 */
const STATEMENT = `
  WITH counted AS MATERIALIZED (
    SELECT quarter_at, chat_id, grouping(quarter_at) AS not_by_quarter, grouping(chat_id) AS not_by_channel, ${SUMS},
           sum(own_link)::int AS own_link, coalesce(sum(clicks_attributable), 0)::int AS clicks_attributable,
           coalesce(sum(clicks_with_ttclid), 0)::int AS clicks_with_ttclid
      FROM overview_quarter
     WHERE quarter_at >= $2 AND quarter_at < $3 AND ${OF_SITE}
     GROUP BY GROUPING SETS ((quarter_at), (chat_id), ())
  ), every_quarter AS (
    SELECT at AS quarter_at, date_trunc($5, at, $6) AS start_at
      FROM generate_series($2::timestamptz, $3::timestamptz - interval '1 second', interval '15 minutes') AS at
  ), steps AS (
    SELECT start_at, ${SUMS}
      FROM every_quarter LEFT JOIN (SELECT * FROM counted WHERE not_by_quarter = 0) AS quarters USING (quarter_at)
     GROUP BY start_at
  ), labels AS (
    SELECT measure, label, sum(n)::int AS n FROM (
      SELECT measure, label, n FROM overview_label_day WHERE day_at >= $7 AND day_at < $8 AND ${OF_SITE}
      UNION ALL
      SELECT measure, label, n FROM overview_label
       WHERE quarter_at >= $2 AND quarter_at < least($7::timestamptz, $3) AND ${OF_SITE}
      UNION ALL
      SELECT measure, label, n FROM overview_label
       WHERE quarter_at >= greatest($7::timestamptz, $8) AND quarter_at < $3 AND ${OF_SITE}
    ) AS parts GROUP BY measure, label HAVING sum(n) <> 0
  )
  SELECT json_build_object(
    'totals', (SELECT json_build_object('clicks', clicks, 'attributed', attributed, 'organic', organic,
                 'waiting', waiting, 'accepted', accepted, 'clicksAttributable', clicks_attributable,
                 'clicksWithTtclid', clicks_with_ttclid)
                 FROM counted WHERE not_by_quarter = 1 AND not_by_channel = 1),
    'series', (SELECT coalesce(json_agg(json_build_object('startAt', start_at, 'clicks', clicks,
                 'attributed', attributed, 'organic', organic, 'waiting', waiting, 'accepted', accepted)
                 ORDER BY start_at), '[]') FROM steps),
    'labels', (SELECT coalesce(json_agg(labels ORDER BY n DESC, label), '[]') FROM labels),
    'channels', (SELECT coalesce(json_agg(json_build_object('chatId', b.chat_id::text, 'title', c.title,
                 'clicks', clicks, 'attributed', attributed, 'organic', organic, 'waiting', waiting,
                 'accepted', accepted, 'joinsWithOwnLink', least(b.own_link, attributed + organic + waiting))
                 ORDER BY attributed + organic + waiting DESC, b.chat_id), '[]')
                 FROM counted b LEFT JOIN channel c USING (chat_id) WHERE b.not_by_channel = 0)
  ) AS overview`;
