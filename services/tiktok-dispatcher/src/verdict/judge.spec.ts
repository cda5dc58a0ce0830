import fc from 'fast-check';
import { VERDICTS, type Verdict } from '@clickjoin/contracts';
import { judge, type Answer } from './judge';
import { CODE_RULES, meaningOfCode, UNDOCUMENTED_CODE, type Failure, type Retry } from './return-codes';

const STATUSES = [200, 201, 302, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504] as const;

const answer = (httpStatus: number, bodyText: string): Answer => ({ kind: 'answer', httpStatus, bodyText });
const envelope = (code: unknown): string =>
  JSON.stringify({ code, message: 'as TikTok says', request_id: '20261120', data: {} });

interface Row {
  readonly code: number;
  readonly verdict: Verdict;
  readonly retry: Retry;
  readonly why: string;
}

/** reference/tiktok-events-api.md §4, row by row, in its order. */
const TABLE: readonly Row[] = [
  { code: 0, verdict: 'accepted', retry: 'never', why: 'OK' },
  { code: 20001, verdict: 'accepted', retry: 'never', why: 'partial OK of a single event is done' },
  { code: 40000, verdict: 'rejected', retry: 'never', why: 'invalid params: the event is at fault' },
  { code: 40001, verdict: 'refused', retry: 'never', why: 'no permission: the credential is at fault' },
  { code: 40002, verdict: 'rejected', retry: 'never', why: 'parameter error: the event is at fault' },
  { code: 40006, verdict: 'rejected', retry: 'never', why: 'wrong API version is permanent' },
  { code: 40010, verdict: 'rejected', retry: 'never', why: 'wrong API version is permanent' },
  { code: 40051, verdict: 'rejected', retry: 'never', why: 'wrong API domain is permanent' },
  {
    code: 40007,
    verdict: 'refused',
    retry: 'never',
    why: 'the pixel does not exist: nothing wrong with the event',
  },
  { code: 40008, verdict: 'refused', retry: 'never', why: 'endpoint missing: hold' },
  { code: 41001, verdict: 'refused', retry: 'never', why: 'endpoint offline: hold' },
  { code: 40400, verdict: 'refused', retry: 'never', why: 'endpoint missing: hold' },
  { code: 40016, verdict: 'throttled', retry: 'soon', why: 'app throttled' },
  {
    code: 40100,
    verdict: 'throttled',
    retry: 'soon',
    why: 'app throttled, though its code looks like a credential',
  },
  { code: 40133, verdict: 'throttled', retry: 'soon', why: 'advertiser throttled, though in the 401xx' },
  { code: 40132, verdict: 'throttled', retry: 'later', why: 'pixel limited or token suspected: slowly' },
  {
    code: 40050,
    verdict: 'unknown',
    retry: 'never',
    why: 'duplicated: neither a success nor to be repeated',
  },
  { code: 40061, verdict: 'rejected', retry: 'never', why: 'invalid batch size' },
  { code: 40062, verdict: 'rejected', retry: 'never', why: 'personal data not hashed' },
  { code: 40063, verdict: 'rejected', retry: 'never', why: 'invalid partner name' },
  { code: 40102, verdict: 'refused', retry: 'never', why: 'token expired' },
  { code: 40104, verdict: 'refused', retry: 'never', why: 'token empty' },
  { code: 40105, verdict: 'refused', retry: 'never', why: 'token invalid' },
  { code: 40106, verdict: 'refused', retry: 'never', why: 'core user' },
  { code: 40113, verdict: 'refused', retry: 'never', why: 'app blocked' },
  { code: 40118, verdict: 'refused', retry: 'never', why: 'not allow-listed' },
  { code: 40119, verdict: 'refused', retry: 'never', why: 'not allow-listed' },
  { code: 40125, verdict: 'refused', retry: 'never', why: 'not allow-listed' },
  { code: 40202, verdict: 'failed', retry: 'soon', why: 'write conflict' },
  { code: 40700, verdict: 'rejected', retry: 'never', why: 'internal validation' },
  { code: 41000, verdict: 'refused', retry: 'never', why: "our server's country, not the event" },
  { code: 50000, verdict: 'failed', retry: 'soon', why: "TikTok's side" },
  { code: 50002, verdict: 'failed', retry: 'soon', why: "TikTok's side" },
  { code: 51001, verdict: 'failed', retry: 'soon', why: "TikTok's side: others retry it" },
  { code: 51002, verdict: 'failed', retry: 'soon', why: "TikTok's side" },
  { code: 51010, verdict: 'failed', retry: 'soon', why: "TikTok's side" },
  { code: 51012, verdict: 'failed', retry: 'soon', why: "TikTok's side, though it is called PIXEL_ERROR" },
  { code: 51039, verdict: 'failed', retry: 'soon', why: "TikTok's side: others retry it" },
  { code: 51305, verdict: 'failed', retry: 'soon', why: "TikTok's side" },
  { code: 51999, verdict: 'failed', retry: 'soon', why: "TikTok's side: 51xxx as a whole" },
  { code: 52000, verdict: 'failed', retry: 'soon', why: "TikTok's side" },
  { code: 53999, verdict: 'failed', retry: 'soon', why: "TikTok's side" },
  { code: 60001, verdict: 'failed', retry: 'later', why: 'maintenance: long' },
  { code: 61000, verdict: 'throttled', retry: 'later', why: 'block list: long' },
  { code: 40003, verdict: 'rejected', retry: 'never', why: 'unknown other 4xxxx: quarantine' },
  { code: 49999, verdict: 'rejected', retry: 'never', why: 'unknown other 4xxxx: quarantine' },
  { code: 40101, verdict: 'refused', retry: 'never', why: 'an undocumented 401xx is about the credential' },
  { code: 40199, verdict: 'refused', retry: 'never', why: 'an undocumented 401xx is about the credential' },
  { code: 1, verdict: 'unknown', retry: 'later', why: 'unknown code is never success' },
  { code: 200, verdict: 'unknown', retry: 'later', why: 'an HTTP status as code is never success' },
  { code: 20000, verdict: 'unknown', retry: 'later', why: 'success-looking, unknown' },
  { code: 20002, verdict: 'unknown', retry: 'later', why: 'success-looking, unknown' },
  { code: 54000, verdict: 'unknown', retry: 'later', why: 'past the documented 5xxxx' },
  { code: 99999, verdict: 'unknown', retry: 'later', why: 'unknown code is never success' },
  { code: -1, verdict: 'unknown', retry: 'later', why: 'unknown code is never success' },
];

describe('judge: code in the body', () => {
  describe.each(TABLE)('$code is $verdict: $why', ({ code, verdict, retry }) => {
    it.each(STATUSES)('with HTTP %i', (status) => {
      expect(judge(answer(status, envelope(code)))).toMatchObject({
        verdict,
        retry,
        code,
        httpStatus: status,
        message: 'as TikTok says',
        requestId: '20261120',
      });
    });
  });
});

/** Every code that reference/tiktok-events-api.md §4 names, row by row. What it names as 51xxx is a range here too. */
const NAMED_CODES = [
  [0],
  [20001],
  [40000],
  [40001],
  [40002],
  [40006, 40010, 40051],
  [40007],
  [40008, 41001, 40400],
  [40016, 40100, 40133],
  [40132],
  [40050],
  [40061, 40062, 40063],
  [40102, 40104, 40105, 40106, 40113, 40118, 40119, 40125],
  [40202],
  [40700],
  [41000],
  [50000, 50002, 51002, 51010, 51012, 51305, 51001, 51039],
  [60001],
  [61000],
].flat();

describe('the codes of the reference', () => {
  const byName = CODE_RULES.flatMap(({ codes }) => codes.filter((code) => typeof code === 'number'));
  const wordsOfRanges = CODE_RULES.filter(({ codes }) => codes.some((code) => typeof code !== 'number')).map(
    ({ explanation }) => explanation,
  );

  it.each(NAMED_CODES)('%i is named by a rule, in words that are not those for unknown codes', (code) => {
    expect(byName).toContain(code);
    expect([...wordsOfRanges, UNDOCUMENTED_CODE.explanation]).not.toContain(meaningOfCode(code).explanation);
  });

  it.each(NAMED_CODES)('%i has a row in the table of verdicts', (code) => {
    expect(TABLE.map((row) => row.code)).toContain(code);
  });

  it('are all that a rule names, and each by one rule', () => {
    expect([...byName].sort()).toEqual([...NAMED_CODES].sort());
  });
});

describe('judge: no code in the body', () => {
  const bodies = [
    { what: 'an empty body', body: '' },
    { what: "a gateway's HTML", body: '<html><body>502 Bad Gateway</body></html>' },
    { what: 'a truncated envelope', body: '{"code":0,"message":"OK","requ' },
    { what: 'a bare number', body: '0' },
    { what: 'null', body: 'null' },
    { what: 'a list', body: '[{"code":0}]' },
    { what: 'an envelope without code', body: '{"message":"OK"}' },
    { what: 'a code of null', body: envelope(null) },
    { what: 'a code of true', body: envelope(true) },
    { what: 'a code of ""', body: envelope('') },
    { what: 'a code of "OK"', body: envelope('OK') },
    { what: 'a code of "00"', body: envelope('00') },
    { what: 'a code of " 0"', body: envelope(' 0') },
    { what: 'a code of 0.5', body: envelope(0.5) },
    { what: 'a code beyond integers', body: '{"code":1e300}' },
    { what: 'a code in a list', body: envelope([0]) },
  ];
  const statuses = [
    { status: 200, verdict: 'unknown', retry: 'soon', why: 'TikTok may have taken it' },
    { status: 302, verdict: 'failed', retry: 'later', why: 'redirects are refused: it was not taken' },
    { status: 400, verdict: 'failed', retry: 'later', why: '4xx never reached the API' },
    { status: 401, verdict: 'failed', retry: 'later', why: '4xx never reached the API' },
    { status: 404, verdict: 'failed', retry: 'later', why: '4xx never reached the API' },
    { status: 408, verdict: 'unknown', retry: 'soon', why: 'unknown outcome' },
    { status: 429, verdict: 'unknown', retry: 'soon', why: 'unknown outcome' },
    { status: 500, verdict: 'unknown', retry: 'soon', why: 'unknown outcome' },
    { status: 503, verdict: 'unknown', retry: 'soon', why: 'unknown outcome' },
    { status: 504, verdict: 'unknown', retry: 'soon', why: 'unknown outcome' },
  ] as const;
  describe.each(bodies)('$what', ({ body }) => {
    it.each(statuses)('with HTTP $status is $verdict: $why', ({ status, verdict, retry }) => {
      const judgement = judge(answer(status, body));
      expect(judgement).toMatchObject({ verdict, retry, httpStatus: status });
      expect(judgement.code).toBeUndefined();
    });
  });
});

describe('judge: number as string', () => {
  it.each([
    { code: '0', verdict: 'accepted' },
    { code: '40002', verdict: 'rejected' },
    { code: '50000', verdict: 'failed' },
    { code: '-1', verdict: 'unknown' },
  ])('"$code" is read as the number', ({ code, verdict }) => {
    expect(judge(answer(200, envelope(code)))).toMatchObject({ verdict, code: Number(code) });
  });
});

describe('judge: no answer', () => {
  it.each<{ failure: Failure; verdict: Verdict; why: string }>([
    { failure: 'token-unusable', verdict: 'refused', why: 'only a new token helps' },
    { failure: 'not-sent', verdict: 'failed', why: 'nothing was sent' },
    { failure: 'not-connected', verdict: 'failed', why: 'nothing was sent' },
    { failure: 'timed-out', verdict: 'unknown', why: 'it was sent' },
    { failure: 'connection-lost', verdict: 'unknown', why: 'it may have been read' },
    { failure: 'answer-too-large', verdict: 'unknown', why: 'it was sent' },
  ])('$failure is $verdict: $why', ({ failure, verdict }) => {
    expect(judge({ kind: 'failure', failure })).toMatchObject({ verdict });
  });

  it('takes an interrupted attempt for possibly accepted', () => {
    expect(judge({ kind: 'interrupted' })).toMatchObject({ verdict: 'unknown', retry: 'soon' });
  });
});

describe('judge: whatever comes', () => {
  const anyBody = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ code: fc.anything(), message: fc.anything(), request_id: fc.anything() }).map((value) => {
      try {
        return JSON.stringify(value);
      } catch {
        return '';
      }
    }),
    fc.integer().map((code) => envelope(code)),
  );

  it('accepts on code 0 and 20001 alone, and always says something that fits the contract', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), anyBody, (status, body) => {
        const { verdict, code, explanation } = judge(answer(status, body));
        expect(VERDICTS).toContain(verdict);
        expect(verdict === 'accepted').toBe(code === 0 || code === 20001);
        expect(explanation.length).toBeGreaterThan(10);
        expect(explanation.length).toBeLessThanOrEqual(1000);
      }),
    );
  });

  it('keeps TikTok’s words, bounded and fit for Postgres', () => {
    const long = judge(
      answer(
        200,
        JSON.stringify({ code: 40002, message: `\0${'x'.repeat(1999)}😀`, request_id: 'r'.repeat(999) }),
      ),
    );
    expect(long.message).toHaveLength(2000);
    expect(long.message).not.toContain('\0');
    expect(long.message).not.toMatch(/\p{Surrogate}/u);
    expect(long.requestId).toHaveLength(200);
  });
});
