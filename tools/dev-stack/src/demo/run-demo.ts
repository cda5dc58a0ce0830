import { randomBytes } from 'node:crypto';
import { type TemporaryFolder, temporaryFolder } from '../infra/temporary-folder';
import { makeSecrets } from '../stack/secrets';
import type { ServiceName } from '../stack/service-catalogue';
import { type RunningSystem, startSystem } from '../stack/start-system';
import { type Books, closeBooks } from './books/close-books';
import { DashboardClient, type Summary } from './dashboard-client';
import { joinsOf } from './journal';
import { planDemo } from './plan';
import { readLog } from './read-log';
import { SandboxControl } from './sandbox-control';
import { type DemoSetUp, setUpDemo } from './set-up';
import { settle } from './settle';
import { sendVisitors, type VisitorCounts } from './visitors';

export interface DemoSystemOptions {
  /** How long a join waits for its click before it is organic. */
  readonly graceMs: number;
  /** Used instead of an embedded one, with topics and databases of the demo's own. */
  readonly externalBrokers?: string | undefined;
  readonly externalDatabaseUrl?: string | undefined;
  readonly onLog?: (source: string, line: string) => void;
}

/** A system with throwaway data, the sandbox in place of Telegram and TikTok, and nothing set up yet. */
export interface DemoSystem {
  readonly system: RunningSystem;
  readonly sandbox: SandboxControl;
  readonly dashboard: DashboardClient;
  readonly adminPassword: string;
  /** What services show each other. */
  readonly internalApiToken: string;
  readonly topicPrefix: string;
  /** Services that ended by themselves, and how. */
  readonly died: readonly string[];
  stop(): Promise<void>;
}

export async function startDemoSystem(options: DemoSystemOptions): Promise<DemoSystem> {
  const folder = await temporaryFolder('demo');
  try {
    return await startIn(folder, options);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function startIn(folder: TemporaryFolder, options: DemoSystemOptions): Promise<DemoSystem> {
  const secrets = makeSecrets();
  const run = randomBytes(4).toString('hex');
  const topicPrefix = options.externalBrokers ? `demo-${run}.` : '';
  const died: string[] = [];
  const system = await startSystem({
    dataDir: folder.path,
    durable: false,
    externalBrokers: options.externalBrokers,
    externalDatabaseUrl: options.externalDatabaseUrl,
    ...secrets,
    sandbox: true,
    env: {
      TOPIC_PREFIX: topicPrefix,
      DATABASE_PREFIX: options.externalDatabaseUrl ? `demo_${run}` : 'clickjoin',
      GRACE_MS: String(options.graceMs),
      // Visitors come through the demo as through a proxy: each with an address of their own.
      TRUSTED_PROXIES: '127.0.0.1/32',
      // The sandbox sets no limit; the real Telegram's is why the default is a few links a second.
      MINT_PER_SECOND: '300',
      STOCK_HIGH: '400',
    },
    onLog: options.onLog ?? (() => undefined),
    onDied: ({ name }, { code, signal }) => died.push(`${name}: ${signal ?? `exit code ${String(code)}`}`),
  });
  return {
    system,
    sandbox: new SandboxControl(system.sandbox?.url ?? ''),
    dashboard: new DashboardClient(system.services.dashboard.url, secrets.adminPassword),
    adminPassword: secrets.adminPassword,
    internalApiToken: secrets.internalApiToken,
    topicPrefix,
    died,
    stop: async () => {
      await system.stop();
      await folder.remove();
    },
  };
}

export interface DemoOptions {
  readonly visitors: number;
  readonly visitorsPerSecond: number;
  readonly seed: number;
  /** TikTok loses and refuses answers, Telegram delivers again and out of order. */
  readonly faults: boolean;
  readonly onProgress?: (progress: DemoProgress) => void;
  /** What happens to the services while visitors come; tells which ones it killed. */
  readonly meanwhile?: (system: RunningSystem) => Promise<readonly ServiceName[]>;
}

export interface DemoProgress {
  readonly phase: 'setting up' | 'visitors' | 'settling' | 'closing the books';
  readonly visitors: number;
  readonly clicks: number;
  readonly joins: number;
  /** The dashboard's latest word. */
  readonly summary: Summary | undefined;
}

export interface DemoResult {
  readonly books: Books;
  readonly setUp: DemoSetUp;
}

const STANDSTILL_MS = 45_000;

/** 5 % lost answers, 5 % HTTP 200 with code 50000, updates delivered again and held back. */
const FAULTS = {
  tiktok: { lostAnswer: 0.05, code50000: 0.05 },
  telegram: { redeliverShare: 0.1, delayShare: 0.1, delayMaxMs: 1_500 },
};
/** Telegram does this without any fault. */
const PUBLIC_CHANNEL = { telegram: { stripLinkShare: 0.4 } };

/** Sets the system up as a user would, lets visitors come, waits for the end of it, and closes the books. */
export async function runDemo(demo: DemoSystem, options: DemoOptions): Promise<DemoResult> {
  const { sandbox, dashboard, system, internalApiToken, topicPrefix } = demo;
  const counts: VisitorCounts = { clicks: 0, joins: 0 };
  let summary: Summary | undefined;
  const tell = (phase: DemoProgress['phase']): void =>
    options.onProgress?.({ phase, visitors: options.visitors, ...counts, summary });

  tell('setting up');
  const clickServiceUrl = system.services['click-service'].url;
  const setUp = await setUpDemo({
    ...{ sandbox, dashboard, clickServiceUrl, internalApiToken },
    linksWanted: options.visitors,
  });
  await sandbox.setFaults(PUBLIC_CHANNEL);
  if (options.faults) await sandbox.setFaults(FAULTS);

  tell('visitors');
  const plan = planDemo(options.visitors, options.visitorsPerSecond, options.seed);
  const ticking = setInterval(() => {
    dashboard.summary().then(
      (latest) => {
        summary = latest;
        tell('visitors');
      },
      () => tell('visitors'),
    );
  }, 1_000);
  let killed: readonly ServiceName[] | undefined;
  let journal;
  try {
    [journal, killed] = await Promise.all([
      sendVisitors(plan, { clickServiceUrl, sandbox, setUp }, counts),
      options.meanwhile?.(system),
    ]);
  } finally {
    clearInterval(ticking);
  }

  const lastWord = await settle({
    ...{ dashboard, sandbox, pixels: setUp.pixelIds.length, joins: joinsOf(journal).length },
    standstillMs: STANDSTILL_MS,
    onProgress: (latest) => {
      summary = latest;
      tell('settling');
    },
  });
  tell('closing the books');
  const books = closeBooks({
    journal,
    log: await readLog(system.infrastructure.brokers, topicPrefix),
    dashboard: lastWord,
    tiktok: {
      events: await sandbox.tiktokEvents(),
      duplicatesDropped: (await sandbox.tiktokSummary()).duplicatesDropped,
    },
    redeliveredUpdates: (await sandbox.telegram()).bots.reduce(
      (sum, { redelivered }) => sum + redelivered,
      0,
    ),
    pixelIds: setUp.pixelIds,
    killed: killed ?? [],
    died: demo.died,
  });
  return { books, setUp };
}
