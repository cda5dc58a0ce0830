import { createTestDatabase, type TestDatabase } from '@clickjoin/testing';
import fc from 'fast-check';
import { decisionRecords } from './decision-events';
import { CLICKED_AT } from './invented-events.fixture';
import {
  contenders,
  decisionsOf,
  DEFAULTS,
  distinct,
  endOf,
  inventedRun,
  logOf,
  playedLogOf,
  type InventedRun,
  type Step,
} from './invented-logs.fixture';
import { PlayedService, type Input } from './played-log.fixture';

/**
 * The invariants of design.md §5, on the real handlers, closer and PostgreSQL: a log is invented, and read in an
 * invented way, with two owners, deaths before the commit, all topics at once, and closings in between. What comes
 * out must be what the pure decision makes of the whole log.
 *
 * The seed is printed first and a failure prints it with its path: `PROPERTY_SEED=… PROPERTY_PATH=…` plays it again.
 * More runs: `PROPERTY_RUNS`.
 */
const { PROPERTY_RUNS, PROPERTY_SEED, PROPERTY_PATH } = process.env;
const RUNS = Number(PROPERTY_RUNS ?? 1_000);
/** Many times what it takes, so that only what hangs, or shrinks by the minute, meets it. */
const LIMIT_MS = 100_000 + RUNS * 300;
const settings = {
  numRuns: RUNS,
  seed: PROPERTY_SEED === undefined ? Date.now() & 0x7fff_ffff : Number(PROPERTY_SEED),
  ...(PROPERTY_PATH === undefined ? {} : { path: PROPERTY_PATH }),
  // By default fast-check takes whatever was tried until then for a success.
  plugins: [fc.interruptAfterTimeLimit(LIMIT_MS, { failOnInterrupt: true })],
};

const ALL: readonly Input[] = ['clicks', 'joins', 'starts'];
let database: TestDatabase;
let service: PlayedService;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await PlayedService.start(database, {
    GRACE_MS: String(DEFAULTS.graceMs),
    WINDOW_MS: String(DEFAULTS.windowMs),
    TOLERANCE_MS: String(DEFAULTS.toleranceMs),
  });
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

async function take(step: Step): Promise<void> {
  if (step.kind === 'all at once') return allAtOnce(step.upTo);
  if (step.kind === 'pass time and close') {
    service.at(service.nowMs + step.ms);
    await service.close();
    return;
  }
  const { kind, input, upTo } = step;
  const chosen = step.partition === undefined ? partitions() : [step.partition % service.log.partitions];
  for (const partition of chosen) {
    const owners = kind === 'two owners' ? [upTo, upTo + 1] : [upTo];
    await Promise.all(
      owners.map((most) => service.read(input, partition, { upTo: most, dies: kind === 'die' })),
    );
  }
}

const partitions = (): number[] =>
  Array.from({ length: service.log.partitions }, (_, partition) => partition);

/** Every partition of every topic at the same time, as several instances do it. */
async function allAtOnce(upTo = Infinity): Promise<void> {
  await Promise.all(
    ALL.flatMap((input) => partitions().map((partition) => service.read(input, partition, { upTo }))),
  );
}

async function untilQuiet(isAtOnce = false): Promise<void> {
  for (let round = 0; round < 8; round += 1) {
    if (isAtOnce) await allAtOnce();
    // What met another transaction is tried again.
    await service.readAll();
    if ((await service.close()) === undefined) return;
  }
  throw new Error('joins still wait though everything is read and every deadline is over');
}

const funnel = async (): Promise<unknown> =>
  (
    await service.query<unknown[]>(
      `SELECT coalesce(sum(clicks), 0)::int AS clicks, coalesce(sum(joins), 0)::int AS joins,
              coalesce(sum(attributed), 0)::int AS attributed FROM funnel`,
    )
  )[0];

async function holds(run: InventedRun): Promise<void> {
  const invented = logOf(run);
  const log = playedLogOf(invented);
  await service.playFrom(log, CLICKED_AT + run.beginsAfterMs);
  for (const step of run.steps) await take(step);
  service.at(Math.max(service.nowMs, endOf(invented)));
  await untilQuiet(run.isAtOnce);

  const published = await service.published();
  const expected = decisionsOf(log);
  const open = contenders(log);
  const isSettled = (line: string): boolean =>
    ![...open].some((member) => line.includes(`${member.split(':')[1]}"`));
  const lines = decisionRecords(expected).map(({ topic, value }) => `${topic} ${value.toString('utf8')}`);
  expect(published.filter(isSettled)).toEqual(lines.filter(isSettled).sort());

  // Also where two people share a start link: each join once, each click once.
  const idsOf = (pattern: RegExp, of: readonly string[]): string[] =>
    of.map((line) => pattern.exec(line)?.[1] ?? '').sort();
  const joinIds = idsOf(/"joinId":"([^"]+)"/, published);
  expect(joinIds).toEqual(expected.map(({ join }) => join.event.joinId).sort());
  const conversions = published.filter((line) => line.startsWith('attribution.conversion'));
  const converted = idsOf(/"clickId":"([^"]+)"/, conversions);
  expect(new Set(converted).size).toBe(converted.length);

  const counted = { ...distinct(log), attributed: conversions.length };
  expect(await funnel()).toEqual(counted);

  if (!run.isReplayed) return;
  await service.query('DELETE FROM outbox; DELETE FROM consumer_offset');
  await untilQuiet();
  expect(await service.published()).toEqual([]);
  expect(await funnel()).toEqual(counted);
}

it(
  'gives what the log says, byte for byte, however it is read',
  async () => {
    process.stderr.write(`attribution property: ${RUNS} runs, PROPERTY_SEED=${settings.seed}\n`);
    await fc.assert(fc.asyncProperty(inventedRun, holds), settings);
  },
  LIMIT_MS + 60_000,
);

it('is not vacuous: invented logs reach every kind of decision', () => {
  const reached = new Map<string, number>();
  for (const run of fc.sample(inventedRun, { numRuns: 6_000, seed: 1 })) {
    for (const { decision } of decisionsOf(playedLogOf(logOf(run)))) {
      const name =
        decision.kind === 'organic'
          ? decision.reason
          : decision.kind === 'attributed'
            ? decision.method
            : 'waiting';
      reached.set(name, (reached.get(name) ?? 0) + 1);
    }
  }
  expect([...reached.keys()].sort()).toEqual([
    'bot-start',
    'click-outside-window',
    'fallback-link',
    'invite-link',
    'link-already-converted',
    'link-not-ours',
    'no-click',
    'no-invite-link',
    'rejoin',
  ]);
  expect(Math.min(...reached.values())).toBeGreaterThan(20);
});
