import { judgeAnswer } from './judge-answer';
import { TelegramRefused, TelegramThrottled, TelegramUnavailable } from './telegram-errors';

const DAY_MS = 86_400_000;
const judge = (status: number, body: unknown, retryAfter?: string): unknown => {
  try {
    return {
      result: judgeAnswer({
        status,
        retryAfter,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    };
  } catch (error) {
    return error;
  }
};

describe('judgeAnswer', () => {
  it.each([{ result: true }, { result: [] }, { result: { id: 1 } }])('gives out $result', ({ result }) => {
    expect(judge(200, { ok: true, result })).toEqual({ result });
  });

  it.each([
    {
      name: 'error_code goes before a status that a proxy has changed to success',
      status: 200,
      body: { ok: false, error_code: 403, description: 'Forbidden: bot was kicked' },
      expected: new TelegramRefused(403, 'Forbidden: bot was kicked'),
    },
    {
      name: 'error_code goes before a status that a proxy has changed to an outage',
      status: 502,
      body: { ok: false, error_code: 400, description: 'Bad Request: chat not found' },
      expected: new TelegramRefused(400, 'Bad Request: chat not found'),
    },
    {
      name: 'a flood under another status is a flood',
      status: 400,
      body: { ok: false, error_code: 429, parameters: { retry_after: 3 } },
      expected: new TelegramThrottled(3_000),
    },
    {
      name: 'a refusal by status alone',
      status: 401,
      body: { ok: false, description: 'Unauthorized' },
      expected: new TelegramRefused(401, 'Unauthorized'),
    },
    {
      name: 'a refusal without words',
      status: 409,
      body: { ok: false },
      expected: new TelegramRefused(409, 'no description'),
    },
    {
      name: 'endless words are cut',
      status: 400,
      body: { ok: false, description: 'x'.repeat(5_000) },
      expected: new TelegramRefused(400, 'x'.repeat(300)),
    },
    {
      name: 'no success, and no error either',
      status: 200,
      body: { ok: false },
      expected: new TelegramUnavailable('Telegram answered with HTTP 200'),
    },
    {
      name: 'a success under a failing status: who knows',
      status: 504,
      body: { ok: true, result: true },
      expected: new TelegramUnavailable('Telegram answered with HTTP 504'),
    },
    {
      name: 'a redirect is not followed, since the token would go with it',
      status: 302,
      body: '',
      expected: new TelegramUnavailable('Telegram answered with HTTP 302, not in the words of the Bot API'),
    },
    ...[
      { name: 'HTML', body: '<html>Unauthorized</html>' },
      { name: 'JSON of its own', body: { message: 'Unauthorized' } },
      { name: 'JSON that looks like one', body: { ok: 'false', description: 'Unauthorized' } },
      { name: 'a list', body: [{ ok: false }] },
      { name: 'nothing', body: '' },
    ].map(({ name, body }) => ({
      name: `a gateway's 401 with ${name} says nothing about the token`,
      status: 401,
      body,
      expected: new TelegramUnavailable('Telegram answered with HTTP 401, not in the words of the Bot API'),
    })),
  ])('$name', ({ status, body, expected }) => {
    const error = judge(status, body);
    expect(error).toEqual(expected);
    expect(Object.entries(error as Error)).toEqual(Object.entries(expected));
    expect(error).toBeInstanceOf(expected.constructor);
  });

  it.each([
    { name: 'the envelope says', named: 17, header: undefined, pauseMs: 17_000 },
    { name: 'the envelope goes before the header', named: 17, header: '4', pauseMs: 17_000 },
    { name: 'the header says', named: undefined, header: '4', pauseMs: 4_000 },
    { name: 'neither says', named: undefined, header: undefined, pauseMs: 5_000 },
    { name: 'a date', named: undefined, header: 'Wed, 21 Oct 2026 07:28:00 GMT', pauseMs: 5_000 },
    { name: 'no pause at all would be a storm', named: 0, header: '0', pauseMs: 5_000 },
    { name: 'a negative pause', named: -3, header: '-3', pauseMs: 5_000 },
    { name: 'a text', named: '17', header: 'soon', pauseMs: 5_000 },
    { name: 'for ever', named: 1e300, header: undefined, pauseMs: DAY_MS },
    { name: 'for ever, by the header', named: undefined, header: 'Infinity', pauseMs: DAY_MS },
  ])('429, how long: $name', ({ named, header, pauseMs }) => {
    const bodies = [{ ok: false, error_code: 429, parameters: { retry_after: named } }];
    for (const body of named === undefined ? [...bodies, '<html>'] : bodies) {
      expect(judge(429, body, header)).toMatchObject({
        name: 'TelegramThrottled',
        retryAfterMs: pauseMs,
      });
    }
  });
});

describe('TelegramRefused', () => {
  it.each([
    { code: 400, isAboutToken: false },
    { code: 401, isAboutToken: true },
    { code: 403, isAboutToken: false },
    { code: 404, isAboutToken: true },
    { code: 409, isAboutToken: false },
  ])('$code is about the token: $isAboutToken', ({ code, isAboutToken }) => {
    expect(new TelegramRefused(code, 'x').isAboutToken).toBe(isAboutToken);
  });
});
