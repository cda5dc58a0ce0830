import fc from 'fast-check';
import { judge, type Answer } from '../verdict/judge';
import { CODE_RULES } from '../verdict/return-codes';
import { RETRY_RULES, refusalToSend, settle, type RetryRules, type Settlement } from './retry-policy';

const HOUR_MS = 3_600_000;
const rules: RetryRules = { ...RETRY_RULES, backoffBaseMs: 1_000, attemptDeadlineMs: 10_000 };
const joinedAt = Date.parse('2026-11-20T12:00:00Z');

/** What can happen at one attempt, and how much later than due the service gets round to it. */
interface Step {
  readonly answer: Answer;
  readonly durationMs: number;
  readonly lateMs: number;
  readonly random: number;
}

const codes = CODE_RULES.flatMap((rule) => rule.codes.flat());
const answers: fc.Arbitrary<Answer> = fc.oneof(
  fc
    .tuple(fc.constantFrom(200, 400, 401, 429, 500), fc.oneof(fc.constantFrom(...codes), fc.integer()))
    .map(([httpStatus, code]): Answer => ({
      kind: 'answer',
      httpStatus,
      bodyText: JSON.stringify({ code }),
    })),
  fc.constantFrom<Answer>(
    { kind: 'answer', httpStatus: 200, bodyText: '{"code":50000}' },
    { kind: 'answer', httpStatus: 200, bodyText: '{"code":40100}', retryAfterMs: 120_000 },
    { kind: 'answer', httpStatus: 502, bodyText: '<html>' },
    { kind: 'failure', failure: 'not-connected' },
    { kind: 'failure', failure: 'timed-out' },
    { kind: 'failure', failure: 'connection-lost' },
    { kind: 'interrupted' },
  ),
);
/** Crashes and time jumps: an attempt that is interrupted, and a service that is away for days. */
const steps = fc.array(
  fc.record<Step>({
    answer: answers,
    durationMs: fc.integer({ min: 0, max: rules.attemptDeadlineMs }),
    lateMs: fc.oneof(fc.constant(0), fc.nat(HOUR_MS), fc.nat(4 * 24 * HOUR_MS)),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
);

interface Sent {
  readonly startedAt: number;
  /** The latest moment at which TikTok can have got it. */
  readonly receivedBy: number;
  readonly verdict: string;
  readonly mayHaveBeenTaken: boolean;
}

/** The service in small: sends when due and allowed, waits, is held and released; ends as the rules say. */
function deliver(script: readonly Step[]): { sent: Sent[]; end: Settlement | undefined; usedSteps: number } {
  const sent: Sent[] = [];
  let now = joinedAt;
  let firstUnknownAt: number | undefined;
  for (const [index, step] of script.entries()) {
    now += step.lateMs;
    const progress = { joinedAt, attempts: sent.length, firstUnknownAt };
    const refusal = refusalToSend(progress, now, rules);
    if (refusal !== undefined) return { sent, end: refusal, usedSteps: index };

    const startedAt = now;
    now += step.durationMs;
    const judgement = judge(step.answer);
    sent.push({
      startedAt,
      receivedBy: startedAt + rules.attemptDeadlineMs,
      verdict: judgement.verdict,
      mayHaveBeenTaken: judgement.verdict === 'unknown' || judgement.verdict === 'accepted',
    });
    const settlement = settle(
      { ...progress, attempts: sent.length },
      judgement,
      startedAt,
      now,
      rules,
      step.random,
    );
    firstUnknownAt = settlement.firstUnknownAt;
    if (settlement.state === 'retrying') now = Math.max(now, settlement.nextAttemptAt ?? NaN);
    // A held delivery waits for a new token; the next step's lateness is that wait.
    else if (settlement.state !== 'held') return { sent, end: settlement, usedSteps: index + 1 };
  }
  return { sent, end: undefined, usedSteps: script.length };
}

describe('a delivery, whatever TikTok answers, whatever crashes, however late', () => {
  it('is never sent again once accepted, rejected or called a duplicate', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { sent } = deliver(script);
        const final = sent.findIndex(({ verdict }) => verdict === 'accepted' || verdict === 'rejected');
        if (final >= 0) expect(final).toBe(sent.length - 1);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never reaches TikTok later than 48 hours after the first attempt that it may have taken', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { sent } = deliver(script);
        const first = sent.find(({ mayHaveBeenTaken }) => mayHaveBeenTaken);
        if (first === undefined) return;
        // The first one itself is where TikTok's 48 hours begin.
        for (const { startedAt, receivedBy } of sent) {
          if (startedAt <= first.startedAt) continue;
          expect(receivedBy).toBeLessThanOrEqual(first.startedAt + 48 * HOUR_MS);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never sent when the join is more than seven days old', () => {
    fc.assert(
      fc.property(steps, (script) => {
        for (const { startedAt } of deliver(script).sent) {
          expect(startedAt).toBeLessThanOrEqual(joinedAt + RETRY_RULES.maxAgeMs);
        }
      }),
    );
  });

  it('ends in a state that tells the truth', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const { sent, end } = deliver(script);
        if (end === undefined) return;
        const verdicts = sent.map(({ verdict }) => verdict);
        const isUnknown = verdicts.includes('unknown');
        switch (end.state) {
          case 'accepted':
          case 'rejected':
            expect(verdicts.at(-1)).toBe(end.state);
            return;
          case 'possibly-accepted':
          case 'expired':
            expect(end.note).toBeDefined();
            expect(isUnknown).toBe(end.state === 'possibly-accepted');
            return;
          case 'retrying':
          case 'held':
            throw new Error(`${end.state} is no end`);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<{ what: string; answer: Answer; state: string }>([
    {
      what: 'TikTok fails for ever',
      answer: { kind: 'answer', httpStatus: 200, bodyText: '{"code":50000}' },
      state: 'expired',
    },
    {
      what: 'TikTok is silent for ever',
      answer: { kind: 'failure', failure: 'timed-out' },
      state: 'possibly-accepted',
    },
    { what: 'the service crashes for ever', answer: { kind: 'interrupted' }, state: 'possibly-accepted' },
  ])('ends when $what', ({ answer, state }) => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const step: Step = { answer, durationMs: 10, lateMs: 0, random };
        const { end, sent } = deliver(Array.from({ length: RETRY_RULES.maxAttempts + 1 }, () => step));
        expect(end?.state).toBe(state);
        expect(sent.length).toBeLessThanOrEqual(RETRY_RULES.maxAttempts);
      }),
      { numRuns: 50 },
    );
  });
});
