/** Telegram asks for a pause. */
export class TelegramThrottled extends Error {
  constructor(readonly retryAfterMs: number) {
    super(`Telegram asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`);
  }
}

/** Telegram says no, and will say so again: a revoked token, a URL that it does not take. */
export class TelegramRefused extends Error {
  constructor(
    readonly status: number,
    /** Telegram's own words; never holds the token. */
    readonly description: string,
  ) {
    super(`Telegram refuses: ${description}`);
  }
}

/** No answer, or none that can be read. */
export class TelegramUnavailable extends Error {}
