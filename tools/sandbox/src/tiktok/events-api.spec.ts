import type { FaultsUpdate } from '../faults';
import { startSandbox, type Sandbox } from '../sandbox';
import { DEDUP_WINDOW_MS } from './event-ledger';

const pixel = { pixelCode: 'CPIXEL', accessToken: 'invented-token' };
const clock = { ms: 0, now: () => clock.ms };
let sandbox: Sandbox;

beforeEach(async () => {
  clock.ms = 1_790_000_000_000;
  sandbox = await startSandbox({ clock, seed: 'tiktok' });
  sandbox.tiktok.addPixel(pixel);
});
afterEach(() => sandbox.close());

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly retryAfter: string | null;
  readonly text: string;
}

async function send(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${sandbox.tiktokApiUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'access-token': pixel.accessToken, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    retryAfter: response.headers.get('retry-after'),
    text: await response.text(),
  };
}

const event = (eventId: string, more: object = {}): object => ({
  pixel_code: pixel.pixelCode,
  event: 'Subscribe',
  event_id: eventId,
  timestamp: '2026-11-02T10:00:00Z',
  ...more,
});
const track = (eventId: string, more: object = {}): Promise<Answer> =>
  send('/pixel/track/', event(eventId, more));
const codeOf = ({ text }: Answer): unknown => (JSON.parse(text) as { code: unknown }).code;

it('answers with the envelope and counts the event', async () => {
  const { status, text } = await track('a');
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({
    code: 0,
    message: 'OK',
    request_id: expect.stringMatching(/^\d{14}[0-9A-F]{20}$/),
    data: {},
  });
  expect(sandbox.tiktok.events()).toMatchObject([
    { pixelCode: 'CPIXEL', event: 'Subscribe', eventId: 'a', received: 1, accepted: 1, duplicatesDropped: 0 },
  ]);
});

it('has no page without the slash', async () => {
  for (const path of ['/pixel/track', '/pixel/batch', '/event/track', '/pixel/tracks/']) {
    expect(await send(path, event('a'))).toMatchObject({ status: 404, text: '404 page not found' });
  }
  expect((await send('/pixel/track', event('a'))).type).toContain('text/plain');
});

it.each([
  { name: 'no token', token: '', pixelCode: 'CPIXEL', code: 40104 },
  { name: 'an unknown token', token: 'nobody', pixelCode: 'CPIXEL', code: 40105 },
  { name: 'the token of another pixel', token: 'other-token', pixelCode: 'CPIXEL', code: 40001 },
  { name: 'a pixel that does not exist', token: 'other-token', pixelCode: 'CNONE', code: 40007 },
])('refuses $name with HTTP 200', async ({ token, pixelCode, code }) => {
  sandbox.tiktok.addPixel({ pixelCode: 'COTHER', accessToken: 'other-token' });
  const answer = await send('/pixel/track/', event('a', { pixel_code: pixelCode }), {
    'access-token': token,
  });
  expect(answer.status).toBe(200);
  expect(codeOf(answer)).toBe(code);
  expect(sandbox.tiktok.summary().accepted).toBe(0);
});

it('refuses what is no JSON object', async () => {
  for (const body of ['{"a":', '[]', '7', '']) expect(codeOf(await send('/pixel/track/', body))).toBe(40002);
});

it('refuses a whole batch for one bad item, and counts none of it', async () => {
  const items = ['a', 'b', 'c'].map((event_id) => ({ type: 'track', event: 'Subscribe', event_id }));
  const answer = await send('/pixel/batch/', {
    pixel_code: 'CPIXEL',
    batch: [...items, { type: 'track', event: 'Lead', event_id: 4 }],
  });
  expect(JSON.parse(answer.text)).toMatchObject({
    code: 40002,
    message: 'Batch.3.event_id: Not a valid string.',
  });
  expect(sandbox.tiktok.summary()).toMatchObject({ received: 4, accepted: 0, refused: 4 });
  expect(codeOf(await send('/pixel/batch/', { pixel_code: 'CPIXEL', batch: items }))).toBe(0);
  expect(sandbox.tiktok.summary()).toMatchObject({ received: 7, accepted: 3, events: 4 });
});

it('recognises a copy in the other wire format, for 48 h', async () => {
  await track('a');
  const data = [{ event: 'Subscribe', event_id: 'a', event_time: 1_790_000_000 }];
  const again = { event_source: 'web', event_source_id: 'CPIXEL', data };
  expect(codeOf(await send('/event/track/', again))).toBe(0);
  expect(sandbox.tiktok.events()).toMatchObject([{ received: 2, accepted: 1, duplicatesDropped: 1 }]);
  clock.ms += DEDUP_WINDOW_MS;
  await track('a');
  expect(sandbox.tiktok.events()).toMatchObject([{ received: 3, accepted: 2 }]);
});

it('keeps test events apart', async () => {
  await track('a', { test_event_code: 'TEST123' });
  expect(sandbox.tiktok.events()).toEqual([]);
  expect(sandbox.tiktok.testEvents()).toMatchObject([{ eventId: 'a', accepted: 1 }]);
});

describe('faults', () => {
  const next = (fault: string): FaultsUpdate => ({ tiktok: { next: [{ fault, times: 1 }] } }) as FaultsUpdate;

  it.each([
    { fault: 'code50000', status: 200, code: 50000 },
    { fault: 'http500', status: 500, code: 50000 },
    { fault: 'throttled', status: 200, code: 40100 },
    { fault: 'http429', status: 429, code: 40100 },
  ])('$fault answers HTTP $status with code $code, and counts nothing', async ({ fault, status, code }) => {
    sandbox.setFaults(next(fault));
    sandbox.setFaults({ tiktok: { retryAfterSeconds: 3 } });
    const answer = await track('a');
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status, code });
    expect(answer.retryAfter).toBe(fault === 'http429' ? '3' : null);
    expect(sandbox.tiktok.events()).toMatchObject([{ received: 1, accepted: 0 }]);
    expect(codeOf(await track('a'))).toBe(0);
    expect(sandbox.tiktok.requests(10).map((request) => request.fault)).toEqual([null, fault]);
  });

  it('htmlBody comes from a gateway that passed nothing on', async () => {
    sandbox.setFaults(next('htmlBody'));
    const answer = await track('a');
    expect(answer).toMatchObject({ status: 502, type: expect.stringContaining('text/html') });
    expect(sandbox.tiktok.summary().accepted).toBe(0);
  });

  it('truncatedJson counts the event, and nobody can read that', async () => {
    sandbox.setFaults(next('truncatedJson'));
    const answer = await track('a');
    expect(answer.status).toBe(200);
    expect(() => codeOf(answer)).toThrow();
    expect(sandbox.tiktok.summary().accepted).toBe(1);
  });

  it('lostAnswer counts the event, and cuts the connection', async () => {
    sandbox.setFaults(next('lostAnswer'));
    await expect(track('a')).rejects.toThrow('fetch failed');
    await track('a');
    expect(sandbox.tiktok.events()).toMatchObject([{ received: 2, accepted: 1, duplicatesDropped: 1 }]);
  });

  it('lostAnswer may also stay silent, until the sender gives up', async () => {
    sandbox.setFaults({ tiktok: { lostAnswer: 1, lostAnswerMode: 'withhold' } });
    const giveUp = new AbortController();
    const answer = fetch(`${sandbox.tiktokApiUrl}/pixel/track/`, {
      method: 'POST',
      headers: { 'access-token': pixel.accessToken },
      body: JSON.stringify(event('a')),
      signal: giveUp.signal,
    });
    const failed = expect(answer).rejects.toThrow();
    while (sandbox.tiktok.summary().accepted === 0) await new Promise((resolve) => setImmediate(resolve));
    giveUp.abort();
    await failed;
  });

  it('lostAnswer never holds up the closing of the sandbox', async () => {
    sandbox.setFaults({ tiktok: { lostAnswer: 1, lostAnswerMode: 'withhold' } });
    const failed = expect(track('a')).rejects.toThrow();
    while (sandbox.tiktok.summary().accepted === 0) await new Promise((resolve) => setImmediate(resolve));
    await sandbox.close();
    await failed;
  });

  it('slow counts at once and answers late', async () => {
    sandbox.setFaults({ tiktok: { slow: 1, slowMs: 80, latencyMs: 40 } });
    const sentAt = performance.now();
    await track('a');
    // Timers may fire a millisecond early.
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(115);
  });

  it('refuses a pixel until it is healed', async () => {
    sandbox.setFaults({ tiktok: { credentialErrors: { CPIXEL: 40001 } } });
    expect(codeOf(await track('a'))).toBe(40001);
    expect(codeOf(await track('a'))).toBe(40001);
    sandbox.setFaults({ tiktok: { credentialErrors: { CPIXEL: null } } });
    expect(codeOf(await track('a'))).toBe(0);
  });

  it('rejects events by id or by predicate, with the index of the first', async () => {
    sandbox.setFaults({ tiktok: { rejectEventIds: ['bad'] } });
    const data = ['good', 'bad'].map((event_id) => ({
      event: 'Subscribe',
      event_id,
      event_time: 1_790_000_000,
    }));
    const body = { event_source: 'web', event_source_id: 'CPIXEL', data };
    const { text } = await send('/event/track/', body);
    expect(JSON.parse(text)).toMatchObject({ code: 40002, message: expect.stringContaining('data.1.event') });
    sandbox.setFaults({ tiktok: { rejectEventIds: [] } });
    sandbox.tiktok.rejectWhen(({ eventId }) => eventId === 'good');
    expect(codeOf(await send('/event/track/', body))).toBe(40002);
    expect(codeOf(await track('bad'))).toBe(0);
  });
});
