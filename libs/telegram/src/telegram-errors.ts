/** Why a call brought no result. The class says what to do; no message ever holds the token. */
export abstract class TelegramError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** 429: nothing more of this kind before `retryAfterMs` has passed (reference/telegram-bot-api.md §4.2). */
export class TelegramThrottled extends TelegramError {
  constructor(readonly retryAfterMs: number) {
    super(`Telegram asks for a pause of ${Math.ceil(retryAfterMs / 1_000)} s`);
  }
}

/** Telegram says no, and will say so again until somebody changes something: rights, token, channel, arguments. */
export class TelegramRefused extends TelegramError {
  constructor(
    /** 400 to 499, without 429. */
    readonly errorCode: number,
    /** Telegram's own words, at most 300 characters. */
    readonly description: string,
    /** The basic group is gone: it lives on as this supergroup. */
    readonly migratedToChatId?: string,
  ) {
    super(`Telegram refuses: ${errorCode} ${description}`);
  }

  /** getUpdates: a webhook is set, or somebody else polls with the same token (reference §3). */
  get isConflict(): boolean {
    return this.errorCode === 409;
  }

  /** The token is revoked (401) or none by its form (404): whatever else the bot is asked to do fails alike. */
  get isAboutToken(): boolean {
    return this.errorCode === 401 || this.errorCode === 404;
  }
}

/**
 * No usable answer: network, timeout, 5xx, somebody else's words in between. The call may have had its effect all
 * the same (reference/telegram-bot-api.md §4.2), so what is repeated must stand being done twice.
 */
export class TelegramUnavailable extends TelegramError {}
