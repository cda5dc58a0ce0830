/** Why Telegram made no link. The class says what to do; no message ever holds the URL, which contains the token. */
export abstract class TelegramError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** 429: nothing for this bot and chat before `retryAfterMs` has passed (reference/telegram-bot-api.md §4.2). */
export class TelegramThrottled extends TelegramError {
  constructor(readonly retryAfterMs: number) {
    super(`Telegram asks for a pause of ${Math.ceil(retryAfterMs / 1000)} s`);
  }
}

/** Telegram says no, and will say so again until somebody changes something: rights, token, channel. */
export class TelegramRefused extends TelegramError {
  constructor(
    readonly code: number,
    readonly description: string,
  ) {
    super(`Telegram refuses: ${code} ${description}`);
  }
}

/**
 * No usable answer: network, timeout, 5xx. The link may exist all the same. That is harmless: nobody was given it,
 * and it can't be found again (reference/telegram-bot-api.md §4.2, §4.3).
 */
export class TelegramUnavailable extends TelegramError {}

/** The bot is not set up here, or its token does not open: nothing was asked of Telegram. */
export class NoToken extends TelegramError {}
