import type { Verdict } from '@clickjoin/contracts';
import type { Judgement } from '../verdict/judge';
import {
  NOTES,
  RETRY_RULES,
  delayBefore,
  refusalToSend,
  settle,
  type Progress,
  type RetryRules,
  type Settlement,
} from './retry-policy';

const HOUR_MS = 3_600_000;
const rules: RetryRules = { ...RETRY_RULES, backoffBaseMs: 1_000, attemptDeadlineMs: 10_000 };
const now = Date.parse('2026-11-20T12:00:00Z');
const fresh: Progress = { joinedAt: now - 1_000, attempts: 1, firstUnknownAt: undefined };
const judged = (verdict: Verdict, more: Partial<Judgement> = {}): Judgement => ({
  verdict,
  retry: 'soon',
  explanation: 'in plain words',
  ...more,
});

const settled = (progress: Progress, judgement: Judgement, random = 0.5): Settlement =>
  settle(progress, judgement, now - 100, now, rules, random);

describe('settle', () => {
  it.each<{ verdict: Verdict; state: Settlement['state']; note: string | undefined; why: string }>([
    { verdict: 'accepted', state: 'accepted', note: undefined, why: 'done' },
    { verdict: 'rejected', state: 'rejected', note: undefined, why: 'the same event is never taken' },
    { verdict: 'refused', state: 'held', note: 'in plain words', why: 'it waits for a token, and says so' },
    { verdict: 'throttled', state: 'retrying', note: undefined, why: 'it was not taken' },
    { verdict: 'failed', state: 'retrying', note: undefined, why: 'it was not taken' },
    { verdict: 'unknown', state: 'retrying', note: undefined, why: 'TikTok drops the second copy' },
  ])('$verdict → $state: $why', ({ verdict, state, note }) => {
    const settlement = settled(fresh, judged(verdict));
    expect(settlement).toMatchObject({ state });
    expect(settlement.note).toBe(note);
    expect(settlement.nextAttemptAt !== undefined).toBe(state === 'retrying');
  });

  it('remembers the start of the first unanswered attempt, and only of that', () => {
    const first = settled(fresh, judged('unknown'));
    expect(first.firstUnknownAt).toBe(now - 100);
    const second = settle(
      { ...fresh, attempts: 2, firstUnknownAt: first.firstUnknownAt },
      judged('unknown'),
      now + 5_000,
      now + 6_000,
      rules,
      0,
    );
    expect(second.firstUnknownAt).toBe(now - 100);
  });

  it.each<Verdict>(['accepted', 'rejected', 'refused', 'throttled', 'failed'])(
    'a later %s does not make the unanswered attempt forgotten',
    (verdict) => {
      const progress = { ...fresh, attempts: 2, firstUnknownAt: now - HOUR_MS };
      expect(settled(progress, judged(verdict)).firstUnknownAt).toBe(now - HOUR_MS);
    },
  );

  it('ends at once when the next attempt would fall behind the 48 hours', () => {
    const progress = { ...fresh, attempts: 5, firstUnknownAt: now - 48 * HOUR_MS + 10_500 };
    expect(settled(progress, judged('failed'), 0)).toMatchObject({ state: 'retrying' });
    expect(settled(progress, judged('failed'), 0.9)).toMatchObject({
      state: 'possibly-accepted',
      note: NOTES.guard,
    });
  });

  it('a definite failure alone knows no 48 hours', () => {
    const progress = { ...fresh, joinedAt: now - 60 * HOUR_MS, attempts: 50 };
    expect(settled(progress, judged('failed'))).toMatchObject({ state: 'retrying' });
  });

  it('is possibly accepted when TikTok calls it a duplicate', () => {
    expect(settled(fresh, judged('unknown', { retry: 'never' }))).toMatchObject({
      state: 'possibly-accepted',
      note: NOTES.duplicate,
    });
  });
});

describe('refusalToSend', () => {
  it.each<{ why: string; progress: Partial<Progress>; refused: Partial<Settlement> | undefined }>([
    { why: 'a fresh delivery goes', progress: {}, refused: undefined },
    {
      why: 'the last moment at which it arrives within 48 h',
      progress: { firstUnknownAt: now - 48 * HOUR_MS + 10_000 },
      refused: undefined,
    },
    {
      why: 'a millisecond later it could arrive after them',
      progress: { firstUnknownAt: now - 48 * HOUR_MS + 9_999 },
      refused: { state: 'possibly-accepted', note: NOTES.guard },
    },
    { why: 'seven days old', progress: { joinedAt: now - RETRY_RULES.maxAgeMs }, refused: undefined },
    {
      why: 'a millisecond older than seven days',
      progress: { joinedAt: now - RETRY_RULES.maxAgeMs - 1 },
      refused: { state: 'expired', note: NOTES.expired },
    },
    {
      why: 'too old, and one attempt went unanswered: expired would be a lie',
      progress: { joinedAt: now - RETRY_RULES.maxAgeMs - 1, firstUnknownAt: now - HOUR_MS },
      refused: { state: 'possibly-accepted', note: NOTES.gaveUpUnknown },
    },
    {
      why: 'attempts used up',
      progress: { attempts: RETRY_RULES.maxAttempts },
      refused: { state: 'expired', note: NOTES.exhausted },
    },
  ])('$why', ({ progress, refused }) => {
    const refusal = refusalToSend({ ...fresh, ...progress }, now, rules);
    if (refused === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toMatchObject(refused);
  });
});

describe('delayBefore', () => {
  it.each([
    { attempt: 2, windowMs: 1_000 },
    { attempt: 3, windowMs: 2_000 },
    { attempt: 6, windowMs: 16_000 },
    { attempt: 12, windowMs: 1_024_000 },
    { attempt: 13, windowMs: 1_800_000 },
    { attempt: 900, windowMs: 1_800_000 },
  ])('before attempt $attempt is anywhere in $windowMs ms', ({ attempt, windowMs }) => {
    expect(delayBefore(attempt, false, undefined, rules, 0)).toBe(0);
    expect(delayBefore(attempt, false, undefined, rules, 0.5)).toBe(windowMs / 2);
    expect(delayBefore(attempt, false, undefined, rules, 0.999_999_999)).toBe(windowMs);
  });

  it('is never sooner than five minutes when TikTok is not to be asked soon', () => {
    expect(delayBefore(2, true, undefined, rules, 0)).toBe(300_000);
  });

  it('honours Retry-After, with jitter on top', () => {
    expect(delayBefore(2, false, 30_000, rules, 0)).toBe(30_000);
    expect(delayBefore(2, false, 30_000, rules, 0.5)).toBe(30_500);
  });

  it('does not believe a Retry-After of days', () => {
    expect(delayBefore(2, false, 5 * 86_400_000, rules, 0)).toBe(HOUR_MS);
  });
});
