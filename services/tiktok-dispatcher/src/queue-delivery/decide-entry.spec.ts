import { RETRY_RULES, type RetryRules } from '../retry-policy/retry-policy';
import { decideEntry } from './decide-entry';

const HOUR_MS = 3_600_000;
const rules: RetryRules = { ...RETRY_RULES, backoffBaseMs: 1_000, attemptDeadlineMs: 20_000 };
const now = Date.parse('2026-03-10T12:00:00.000Z');
const latest = now - 48 * HOUR_MS + rules.attemptDeadlineMs;

describe('a conversion that is read for the first time by this database', () => {
  it.each([
    {
      name: 'logged after the database was made, is simply queued, however long the service was away',
      loggedAt: now - 100 * HOUR_MS,
      knownSince: now - 100 * HOUR_MS,
      entry: { state: 'queued', firstUnknownAt: undefined },
    },
    {
      name: 'logged before, is sent while TikTok still knows its id, as if it had been sent when it was logged',
      loggedAt: latest,
      knownSince: latest + 1,
      entry: { state: 'queued', firstUnknownAt: latest },
    },
    {
      name: 'logged before, is held when TikTok could have forgotten its id by the end of the attempt',
      loggedAt: latest - 1,
      knownSince: latest,
      entry: { state: 'held', firstUnknownAt: latest - 1 },
    },
    {
      name: 'without a time in the log, is held: it may be of any age',
      loggedAt: -1,
      knownSince: now,
      entry: { state: 'held', firstUnknownAt: -1 },
    },
    {
      name: 'when the time of the first start is gone too, is taken for one from before',
      loggedAt: now - 72 * HOUR_MS,
      knownSince: Infinity,
      entry: { state: 'held', firstUnknownAt: now - 72 * HOUR_MS },
    },
  ])('$name', ({ loggedAt, knownSince, entry }) => {
    expect(decideEntry(loggedAt, knownSince, now, rules)).toMatchObject(entry);
  });

  it('says how late it is, and why it waits', () => {
    expect(decideEntry(now - 72 * HOUR_MS, now, now, rules).note).toMatch(
      /3 days after it was decided.*database was lost.*counted twice/,
    );
    expect(decideEntry(now - HOUR_MS, now, now, rules).note).toBeUndefined();
  });
});
