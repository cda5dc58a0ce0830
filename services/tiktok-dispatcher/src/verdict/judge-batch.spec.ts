import type { Verdict } from '@clickjoin/contracts';
import { judge } from './judge';
import { judgeInBatch } from './judge-batch';
import type { Retry } from './return-codes';

const judged = (code: number, httpStatus = 200): ReturnType<typeof judge> =>
  judge({ kind: 'answer', httpStatus, bodyText: JSON.stringify({ code, message: 'invented' }) });

describe('the answer to a request with several events', () => {
  it.each<{ code: number; verdict: Verdict; retry: Retry; why: string }>([
    { code: 0, verdict: 'accepted', retry: 'never', why: 'all are taken' },
    { code: 20001, verdict: 'unknown', retry: 'alone', why: 'a part is taken, and nobody says which' },
    { code: 40050, verdict: 'unknown', retry: 'alone', why: 'it has some of them; each asks for itself' },
    { code: 40000, verdict: 'failed', retry: 'apart', why: 'one is bad, and none is taken' },
    { code: 40002, verdict: 'failed', retry: 'apart', why: 'one is bad, and none is taken' },
    { code: 40061, verdict: 'failed', retry: 'apart', why: 'too many: fewer will do' },
    { code: 40062, verdict: 'failed', retry: 'apart', why: 'one is bad, and none is taken' },
    { code: 40700, verdict: 'failed', retry: 'apart', why: 'one is bad, and none is taken' },
    { code: 44444, verdict: 'failed', retry: 'apart', why: 'undocumented, but a refusal' },
    { code: 40001, verdict: 'refused', retry: 'never', why: 'the token is no event’s fault' },
    { code: 40100, verdict: 'throttled', retry: 'soon', why: 'as with one' },
    { code: 50000, verdict: 'failed', retry: 'soon', why: 'as with one' },
    { code: 99999, verdict: 'unknown', retry: 'later', why: 'as with one' },
  ])('$code: $verdict, $retry ($why)', ({ code, verdict, retry }) => {
    for (const httpStatus of [200, 400, 500]) {
      expect(judgeInBatch(judged(code, httpStatus), 7)).toMatchObject({ verdict, retry, code });
      expect(judgeInBatch(judged(code, httpStatus), 1)).toEqual(judged(code, httpStatus));
    }
  });

  it('is explained by how many there were', () => {
    expect(judgeInBatch(judged(40002), 2).explanation).toContain('with 1 other,');
    expect(judgeInBatch(judged(40002), 9).explanation).toContain('with 8 others,');
  });
});
