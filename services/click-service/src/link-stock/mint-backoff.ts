import { TelegramRefused, TelegramThrottled } from '@clickjoin/telegram';
import { NoToken } from './no-token';

export interface MintPause {
  readonly pauseMs: number;
  /** Whether it is about this channel alone, or about everything the bot does. */
  readonly scope: 'channel' | 'bot';
}

const UNAVAILABLE = { firstMs: 1_000, longestMs: 60_000 };
/** Somebody must give a right back or a new token; until then one question every two minutes is enough. */
const REFUSED = { firstMs: 15_000, longestMs: 120_000 };

/**
 * How long to leave Telegram alone after a failure.
 * @param failures in a row, this one included
 * @param random in [0, 1): instances and bots that failed together must not come back together
 */
export function pauseAfter(failure: unknown, failures: number, random: number): MintPause {
  if (failure instanceof TelegramThrottled) {
    // Whether floods count by bot or by chat is not known (reference §8); the pace slows for the bot anyway.
    return { pauseMs: failure.retryAfterMs + Math.round(random * 500), scope: 'channel' };
  }
  if (failure instanceof NoToken || failure instanceof TelegramRefused) {
    const isToken = failure instanceof NoToken || failure.isAboutToken;
    return { pauseMs: backoff(REFUSED, failures, random), scope: isToken ? 'bot' : 'channel' };
  }
  return { pauseMs: backoff(UNAVAILABLE, failures, random), scope: 'bot' };
}

function backoff(
  { firstMs, longestMs }: { firstMs: number; longestMs: number },
  failures: number,
  random: number,
): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(full * (0.5 + random / 2));
}
