/** What a page is about in time: the last so many hours or days, or from one day to another of the viewer's calendar. */
export const PERIODS = ['24h', '7d', '30d', '90d'] as const;
export type PeriodName = (typeof PERIODS)[number];

export interface PeriodSearch {
  readonly period?: PeriodName;
  /** `YYYY-MM-DD` in the viewer's zone; goes before `period`. */
  readonly from?: string;
  /** The last day, itself included. */
  readonly to?: string;
}

export interface Range {
  readonly from: string;
  /** Absent: up to now, and what comes. */
  readonly to?: string;
  readonly interval: 'hour' | 'day';
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LENGTH: Readonly<Record<PeriodName, number>> = {
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '90d': 90 * DAY,
};
export const PERIOD_WORDS: Readonly<Record<PeriodName, string>> = {
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
};
export const DEFAULT_PERIOD: PeriodName = '7d';

const isDay = (text: unknown): text is string =>
  typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(startOfDay(text).getTime());

const isPeriod = (text: unknown): text is PeriodName => PERIODS.some((period) => period === text);

/** Takes of an address what makes sense; a link that somebody typed must not break the page. */
export function periodSearchOf(search: Readonly<Record<string, unknown>>): PeriodSearch {
  const { period, from, to } = search;
  return {
    ...(isPeriod(period) && period !== DEFAULT_PERIOD ? { period } : {}),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(to) ? { to } : {}),
  };
}

/** Midnight in the viewer's zone. */
const startOfDay = (day: string): Date => new Date(`${day}T00:00:00`);

/**
 * The start is cut to the hour (to the minute for a day), so that a page which reads again asks the same question, and
 * finds its answer at hand, until that hour is over.
 */
export function rangeOf({ period = DEFAULT_PERIOD, from, to }: PeriodSearch, now: number): Range {
  if (from !== undefined || to !== undefined) {
    const end = to === undefined ? undefined : new Date(startOfDay(to).setDate(startOfDay(to).getDate() + 1));
    const start = from === undefined ? new Date((end?.getTime() ?? now) - LENGTH[period]) : startOfDay(from);
    const length = (end?.getTime() ?? now) - start.getTime();
    return {
      from: start.toISOString(),
      ...(end ? { to: end.toISOString() } : {}),
      interval: length <= 2 * DAY ? 'hour' : 'day',
    };
  }
  const start = Math.floor((now - LENGTH[period]) / HOUR) * HOUR;
  return { from: new Date(start).toISOString(), interval: period === '24h' ? 'hour' : 'day' };
}
