import type { WebhookInfo } from '@clickjoin/telegram';
import { type BotFacts, problemsOf } from './bot-problems';

const NOW = Date.UTC(2026, 7, 29, 10, 44);
const info = (more: Partial<WebhookInfo> = {}): BotFacts['finding'] => ({
  kind: 'looked',
  info: {
    url: 'https://joins.example/telegram/7409988776',
    pendingUpdateCount: 0,
    allowedUpdates: [],
    maxConnections: 40,
    lastError: undefined,
    ...more,
  },
});
const errorBefore = (ms: number): WebhookInfo['lastError'] => ({
  dateSeconds: (NOW - ms) / 1_000,
  message: 'Wrong response from the webhook: 502 Bad Gateway',
});
const MINUTE = 60_000;

describe('problemsOf', () => {
  it.each<{ name: string; facts: Partial<BotFacts>; problems: readonly string[] }>([
    { name: 'all is well', facts: {}, problems: [] },
    {
      name: 'the token is refused',
      facts: { finding: { kind: 'token-refused', message: '' } },
      problems: ['token-refused'],
    },
    {
      name: 'Telegram does not answer',
      facts: { finding: { kind: 'unreachable', message: '' } },
      problems: ['telegram-unreachable'],
    },
    {
      name: 'Telegram does not take our address',
      facts: { finding: { kind: 'address-refused', message: '' } },
      problems: ['webhook-errors'],
    },
    {
      name: 'an error since which nothing has come',
      facts: {
        finding: info({ lastError: errorBefore(MINUTE), pendingUpdateCount: 1 }),
        lastUpdateAtMs: NOW - 2 * MINUTE,
      },
      problems: ['webhook-errors'],
    },
    {
      name: 'an error after which an update has come is over',
      facts: {
        finding: info({ lastError: errorBefore(2 * MINUTE), pendingUpdateCount: 3 }),
        lastUpdateAtMs: NOW - MINUTE,
      },
      problems: [],
    },
    {
      name: 'an error with nothing waiting is history: what failed got through',
      facts: { finding: info({ lastError: errorBefore(0) }), lastUpdateAtMs: NOW },
      problems: [],
    },
    {
      name: 'an old error with updates waiting is not',
      facts: { finding: info({ lastError: errorBefore(60 * MINUTE), pendingUpdateCount: 1 }) },
      problems: ['webhook-errors'],
    },
    {
      name: 'many updates wait once: a busy minute',
      facts: { finding: info({ pendingUpdateCount: 100 }), pendingBefore: 99 },
      problems: [],
    },
    {
      name: 'many updates wait at two checks in a row',
      facts: { finding: info({ pendingUpdateCount: 100 }), pendingBefore: 100 },
      problems: ['updates-pending'],
    },
    {
      name: 'no address, and no webhook of anybody',
      facts: { finding: info({ url: '' }), hasAddress: false },
      problems: ['no-webhook-url'],
    },
    {
      name: 'no address, but a gateway forwards',
      facts: { finding: info({ url: '' }), hasAddress: false, lastUpdateAtMs: NOW - MINUTE },
      problems: [],
    },
    {
      name: 'polling needs no address, and has no errors of a webhook',
      facts: {
        finding: info({ url: '', lastError: errorBefore(MINUTE), pendingUpdateCount: 1 }),
        hasAddress: false,
        updatesBy: 'long-polling',
      },
      problems: [],
    },
    { name: 'taken over once: mended', facts: { takeovers: 1 }, problems: [] },
    { name: 'taken over again', facts: { takeovers: 2 }, problems: ['webhook-taken'] },
    {
      name: 'several at a time',
      facts: {
        finding: info({ lastError: errorBefore(MINUTE), pendingUpdateCount: 500 }),
        pendingBefore: 400,
        takeovers: 3,
      },
      problems: ['webhook-errors', 'updates-pending', 'webhook-taken'],
    },
  ])('$name', ({ facts, problems }) => {
    expect(
      problemsOf({
        finding: info(),
        updatesBy: 'webhook',
        hasAddress: true,
        takeovers: 0,
        pendingBefore: 0,
        lastUpdateAtMs: undefined,
        nowMs: NOW,
        ...facts,
      }),
    ).toEqual(problems);
  });
});
