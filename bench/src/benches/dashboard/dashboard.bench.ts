import type { Arena, Bench, Contender, Load, Probe, Reading } from '../../bench';
import { quantile } from '../../statistics';
import { CHANNELS, DAYS, LoadedDashboard, PIXEL_ID, SITE_ID } from './loaded-dashboard';

const JOINS = 1_000_000;
const QUICK_JOINS = 20_000;
const ASKS = 15;
const PAGE_MS = 200;
const OVERVIEW_MS = 500;

interface Books {
  readonly clicks: number;
  readonly joins: number;
  readonly attributed: number;
}

const daysAgo = (days: number): string =>
  new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 - days * 86_400_000).toISOString();
const period = (days: number): string => `from=${daysAgo(days)}&to=${daysAgo(-1)}`;

/** Each list with each of its filters, also those that find nothing: then a list that is searched is searched whole. */
const PAGES: readonly string[] = [
  '/v1/joins',
  '/v1/joins?outcome=attributed',
  '/v1/joins?outcome=organic',
  '/v1/joins?outcome=waiting',
  '/v1/joins?reason=no-click',
  '/v1/joins?reason=rejoin',
  '/v1/joins?chatId=-1001',
  '/v1/joins?chatId=-1001&outcome=waiting',
  '/v1/joins?chatId=-1001&reason=rejoin',
  `/v1/joins?siteId=${SITE_ID}`,
  `/v1/joins?siteId=${SITE_ID}&outcome=organic`,
  `/v1/joins?siteId=${SITE_ID}&outcome=waiting`,
  `/v1/joins?siteId=${SITE_ID}&reason=rejoin`,
  '/v1/joins?q=8000000500',
  `/v1/joins?${period(45)}&limit=200`,
  `/v1/joins?from=${daysAgo(60)}&to=${daysAgo(59)}&siteId=${SITE_ID}`,
  '/v1/deliveries',
  '/v1/deliveries?state=rejected',
  '/v1/deliveries?state=held',
  `/v1/deliveries?siteId=${SITE_ID}`,
  `/v1/deliveries?siteId=${SITE_ID}&state=held`,
  `/v1/deliveries?pixelId=${PIXEL_ID}&state=held`,
  '/v1/deliveries?chatId=-1001',
  '/v1/deliveries?chatId=-1001&state=held',
  '/v1/channels',
  `/v1/sites/${SITE_ID}/checklist`,
  '/v1/audit',
];

const OVERVIEWS: readonly string[] = [
  `${period(7)}&interval=hour`,
  `${period(30)}&interval=hour`,
  `${period(30)}&interval=day&timeZone=Europe/Berlin`,
  `${period(DAYS)}&interval=day&timeZone=Asia/Kathmandu`,
  `${period(DAYS)}&interval=day&chatId=-1000`,
];

/**
 * The dashboard as a process with a million joins in its database: an overview of three months, asked of the sums that
 * are kept, against the same figures counted from the rows (GET /v1/summary). Both must say the same.
 */
export const dashboardBench: Bench = {
  name: 'dashboard',
  summary: 'overview and lists of the dashboard with a million joins; peer: counting the rows at each look',
  unit: 'overviews/s',
  open,
};

async function open({ events, quick = false }: Load): Promise<Arena> {
  const joins = events ?? (quick ? QUICK_JOINS : JOINS);
  const dashboard = await LoadedDashboard.start(joins, (text) => process.stderr.write(`  ${text}\n`));
  const range = period(DAYS + 1);
  const overview = async (): Promise<Books> =>
    (await dashboard.ask<{ totals: Books }>(`/v1/sites/${SITE_ID}/overview?${range}`)).totals;
  const counted = (): Promise<Books> => dashboard.ask<Books>(`/v1/summary?siteId=${SITE_ID}&${range}`);

  return {
    contenders: [
      contender('sums that are kept', overview, joins),
      contender('counting the rows', counted, joins),
    ],
    probes: [
      { name: 'lists', run: () => readings(dashboard, PAGES, PAGE_MS) },
      {
        name: 'overviews',
        run: () =>
          readings(
            dashboard,
            OVERVIEWS.map((query) => `/v1/sites/${SITE_ID}/overview?${query}`),
            OVERVIEW_MS,
          ),
      },
      { name: 'pages', run: () => throughPages(dashboard) },
    ] satisfies Probe[],
    close: () => dashboard.stop(),
  };
}

function contender(name: string, ask: () => Promise<Books>, joins: number): Contender {
  return {
    name,
    run: async () => {
      const latenciesMs = await timed(ASKS, async () => check(await ask(), joins));
      const seconds = latenciesMs.reduce((sum, ms) => sum + ms, 0) / 1_000;
      return {
        value: ASKS / seconds,
        details: { 'p50 ms': quantile(latenciesMs, 0.5), 'max ms': Math.max(...latenciesMs) },
      };
    },
  };
}

/** Every other channel is of the site, and so is every other click and join. */
function check({ clicks, joins: found, attributed }: Books, joins: number): void {
  const ofSite = Math.ceil(joins / 2);
  if (
    clicks !== ofSite ||
    found !== ofSite ||
    attributed !== Math.ceil(joins / CHANNELS / 2) * (CHANNELS / 2)
  )
    throw new Error(`of ${joins} joins the answer has ${JSON.stringify({ clicks, found, attributed })}`);
}

async function readings(
  dashboard: LoadedDashboard,
  paths: readonly string[],
  atMost: number,
): Promise<readonly Reading[]> {
  const found: Reading[] = [];
  for (const path of paths) {
    await dashboard.ask(path);
    const latenciesMs = await timed(ASKS, () => dashboard.ask(path));
    found.push({
      name: `${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…').replace(/\d{4}-\d\d-\d\dT[^&]*/g, '…')}, slowest`,
      unit: 'ms',
      value: Math.max(...latenciesMs),
      atMost,
    });
  }
  return found;
}

/** The hundredth page takes as long as the first. */
async function throughPages(dashboard: LoadedDashboard): Promise<readonly Reading[]> {
  let cursor = '';
  let slowest = 0;
  for (let page = 0; page < 100; page += 1) {
    const startedAt = performance.now();
    const path = `/v1/joins?siteId=${SITE_ID}${cursor}`;
    const { nextCursor } = await dashboard.ask<{ nextCursor: string | null }>(path);
    slowest = Math.max(slowest, performance.now() - startedAt);
    if (nextCursor === null) break;
    cursor = `&cursor=${nextCursor}`;
  }
  return [{ name: 'a hundred pages of joins, slowest', unit: 'ms', value: slowest, atMost: PAGE_MS }];
}

async function timed(times: number, ask: () => Promise<unknown>): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const startedAt = performance.now();
    await ask();
    latenciesMs.push(performance.now() - startedAt);
  }
  return latenciesMs;
}
