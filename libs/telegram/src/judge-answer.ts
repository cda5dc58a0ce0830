import { isObject, numberOf, textOf, type Json } from './json';
import { TelegramRefused, TelegramThrottled, TelegramUnavailable } from './telegram-errors';

export interface HttpAnswer {
  readonly status: number;
  /** The header `Retry-After`. */
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** When a 429 names no time. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;
/** As long as a day-long flood wait, and no longer: a broken number must not stop a bot for good. */
const LONGEST_RETRY_AFTER_SECONDS = 86_400;
const LONGEST_DESCRIPTION = 300;

/**
 * What an answer means. Only the Bot API's own envelope grants or refuses: what a gateway in between says in HTML, or in
 * JSON of its own, is about the way to Telegram. `error_code` goes before the HTTP status, which a proxy may change.
 * @returns `result`
 * @throws TelegramThrottled, TelegramRefused, TelegramUnavailable (reference/telegram-bot-api.md §4.2)
 */
export function judgeAnswer({ status, retryAfter, body }: HttpAnswer): unknown {
  const envelope = envelopeIn(body);
  if (envelope?.ok === true && status === 200) return envelope.result;
  const code = numberOf(envelope?.error_code) ?? status;
  // Also without an envelope: where a gateway counts the requests, a pause is what it asks for, too.
  if (code === 429) throw new TelegramThrottled(retryAfterMsOf(envelope, retryAfter));
  if (envelope?.ok === false && code >= 400 && code < 500) {
    const description = textOf(envelope.description) ?? 'no description';
    throw new TelegramRefused(code, description.slice(0, LONGEST_DESCRIPTION), migratedToOf(envelope));
  }
  throw new TelegramUnavailable(
    `Telegram answered with HTTP ${status}${envelope === undefined ? ', not in the words of the Bot API' : ''}`,
  );
}

function retryAfterMsOf(envelope: Json | undefined, header: string | undefined): number {
  const named = isObject(envelope?.parameters) ? numberOf(envelope.parameters.retry_after) : undefined;
  const seconds = [named, Number(header)].find((each) => each !== undefined && each > 0);
  return Math.min(seconds ?? DEFAULT_RETRY_AFTER_SECONDS, LONGEST_RETRY_AFTER_SECONDS) * 1_000;
}

function migratedToOf({ parameters }: Json): string | undefined {
  const chatId = isObject(parameters) ? numberOf(parameters.migrate_to_chat_id) : undefined;
  return chatId === undefined ? undefined : String(chatId);
}

function envelopeIn(body: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) && typeof value.ok === 'boolean' ? value : undefined;
  } catch {
    return undefined;
  }
}
