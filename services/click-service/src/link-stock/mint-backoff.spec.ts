import { TelegramRefused, TelegramThrottled, TelegramUnavailable } from '@clickjoin/telegram';
import { pauseAfter } from './mint-backoff';
import { NoToken } from './no-token';

describe('pauseAfter', () => {
  it.each([
    {
      name: '429: what Telegram says',
      failure: new TelegramThrottled(17_000),
      failures: 1,
      pauseMs: 17_000,
      scope: 'channel',
    },
    {
      name: '429 again: what Telegram says',
      failure: new TelegramThrottled(17_000),
      failures: 9,
      pauseMs: 17_000,
      scope: 'channel',
    },
    {
      name: 'outage: everything of the bot',
      failure: new TelegramUnavailable('x'),
      failures: 1,
      pauseMs: 500,
      scope: 'bot',
    },
    {
      name: 'outage goes on',
      failure: new TelegramUnavailable('x'),
      failures: 4,
      pauseMs: 4_000,
      scope: 'bot',
    },
    {
      name: 'a long outage',
      failure: new TelegramUnavailable('x'),
      failures: 99,
      pauseMs: 30_000,
      scope: 'bot',
    },
    {
      name: 'rights missing in one channel',
      failure: new TelegramRefused(400, 'x'),
      failures: 1,
      pauseMs: 7_500,
      scope: 'channel',
    },
    {
      name: 'token refused',
      failure: new TelegramRefused(401, 'x'),
      failures: 1,
      pauseMs: 7_500,
      scope: 'bot',
    },
    { name: 'no token', failure: new NoToken('x'), failures: 99, pauseMs: 60_000, scope: 'bot' },
    {
      name: 'a defect of ours is no reason for a storm',
      failure: new TypeError('x'),
      failures: 99,
      pauseMs: 30_000,
      scope: 'bot',
    },
  ])('$name', ({ failure, failures, pauseMs, scope }) => {
    expect(pauseAfter(failure, failures, 0)).toEqual({ pauseMs, scope });
  });

  it('jitters, but never comes back before Telegram allows', () => {
    expect(pauseAfter(new TelegramThrottled(1_000), 1, 0.5).pauseMs).toBe(1_250);
    expect(pauseAfter(new TelegramUnavailable('x'), 1, 0.999).pauseMs).toBe(1_000);
  });
});
