import { Logger } from '@nestjs/common';
import { FakeClock, testInfra, uniquePrefix } from '@clickjoin/testing';
import fc from 'fast-check';
import { dropServiceDatabase, newDatabasePrefix, newSecretKeys, type Place } from '../../test/dispatcher';
import { ACTS, DAY_MS, ENDINGS, HOUR_MS, Life, type Step } from '../../test/life';
import { openParts, type Parts } from '../../test/parts';

let parts: Parts;
let place: Place;
const clock = new FakeClock(Date.UTC(2026, 5, 1));
let random = 0.5;

beforeAll(async () => {
  Logger.overrideLogger(false);
  const { brokers, databaseUrl } = testInfra();
  place = {
    brokers,
    databaseUrl,
    databasePrefix: newDatabasePrefix(),
    topicPrefix: uniquePrefix('states'),
    tiktokApiUrl: 'http://127.0.0.1:1',
    secretKeys: newSecretKeys(),
    settings: { RETRY_BASE_MS: '1000' },
  };
  parts = await openParts(place, clock, () => random);
});
afterAll(async () => {
  await parts.close();
  await dropServiceDatabase(place);
});

const steps = fc.array(
  fc.record<Step>({
    afterMs: fc.oneof(
      fc.constant(0),
      fc.nat(5_000),
      fc.nat(HOUR_MS),
      fc.nat(DAY_MS),
      fc.constantFrom(2 * DAY_MS - HOUR_MS, 2 * DAY_MS, 2.5 * DAY_MS),
    ),
    act: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Step['act']>('none') },
      { weight: 4, arbitrary: fc.constantFrom(...ACTS) },
    ),
    ending: fc.constantFrom(...ENDINGS),
    // A request may begin late in its lease, and be read by TikTok at the last moment of its time-out.
    receivedAfterMs: fc.oneof(fc.nat(50), fc.nat(19_000)),
  }),
  { minLength: 1, maxLength: 14 },
);

const step = (ending: Step['ending'], of: Partial<Step> = {}): Step => ({
  afterMs: 0,
  act: 'none',
  receivedAfterMs: 10,
  ending,
  ...of,
});
const LATER = { afterMs: 2.5 * DAY_MS };

/** What chance alone would rarely hit on: each is a way to count twice, or to say what isn't so. */
const EXAMPLES: [count: number, bad: number[], script: Step[], jitter: number][] = [
  [1, [], [step('answer-lost'), step('answered', LATER)], 0.5],
  [1, [], [step('crash-after'), step('answered', { ...LATER, act: 'restart' })], 0.5],
  [4, [], [step('partial'), step('answered', LATER)], 0.5],
  [
    2,
    [],
    [step('answer-lost'), step('refused', { act: 'pause' }), step('answered', { ...LATER, act: 'resume' })],
    0,
  ],
  [1, [], [step('answer-lost'), step('answered', LATER), step('answered', { act: 'replay' })], 0.9],
  [5, [1, 3], [step('answered'), step('crash-before'), step('answered', { act: 'restart' })], 0.5],
  [3, [], [step('crash-after'), step('answered', { act: 'erase' })], 0.5],
];

describe('deliveries, whatever TikTok answers, whatever crashes, whoever pauses, replays or erases', () => {
  it('end, are counted at most once, and the ledger says the truth', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(4), { maxLength: 2 }),
        steps,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        async (count, bad, script, jitter) => {
          random = jitter;
          const life = new Life(
            parts,
            clock,
            place.secretKeys,
            count,
            bad.filter((index) => index < count),
          );
          await life.begin();
          for (const step of script) await life.step(step);
          await life.expectTruth(await life.finish());
        },
      ),
      { numRuns: Number(process.env.STATE_MACHINE_RUNS ?? 25), examples: EXAMPLES },
    );
  }, 300_000);
});
