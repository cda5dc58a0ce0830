import type { TelegramCallFault } from '../faults';
import type { JsonObject } from '../input';
import { ApiError, tooManyRequests } from './api-error';
import type { Bot } from './bot';
import { CallArguments } from './call-arguments';
import { findMethod, mayBeAnAnswer } from './methods/methods';
import type { TelegramStandIn } from './telegram';

export interface ApiAnswer {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  readonly envelope: JsonObject;
  /** The call was done, and nobody hears of it. */
  readonly lost: boolean;
}

/** Runs one call of the Bot API, faults included. Never throws for what the caller did wrong. */
export async function callBotApi(
  telegram: TelegramStandIn,
  token: string,
  methodName: string,
  readArguments: () => JsonObject,
): Promise<ApiAnswer> {
  try {
    const bot = telegram.findBotByToken(token);
    if (!bot) throw new ApiError(401, 'Unauthorized');
    const method = findMethod(methodName);
    if (!method) throw new ApiError(404, 'Not Found: method not found');
    const args = new CallArguments(readArguments());
    const fault = telegram.faults.forTelegramCall(methodName);
    refuseBy(fault, telegram.faults.telegram.retryAfterSeconds);
    const { result, description } = await method({ telegram, bot, args });
    const envelope = { ok: true, result, ...(description === undefined ? {} : { description }) };
    return { status: 200, envelope, lost: fault === 'lostAnswer' };
  } catch (error) {
    if (error instanceof ApiError) return refusal(error);
    throw error;
  }
}

/** A webhook's answer may carry one call; its result goes nowhere, as at Telegram. */
export function runWebhookCalls(telegram: TelegramStandIn): void {
  telegram.runCallsWith((bot: Bot, call: JsonObject & { readonly method: string }) => {
    if (!mayBeAnAnswer(call.method)) return;
    void callBotApi(telegram, bot.token, call.method, () => call);
  });
}

export function refusal({ errorCode, message, retryAfterSeconds, migrateToChatId }: ApiError): ApiAnswer {
  return {
    status: errorCode,
    envelope: {
      ok: false,
      error_code: errorCode,
      description: message,
      ...(retryAfterSeconds === undefined ? {} : { parameters: { retry_after: retryAfterSeconds } }),
      ...(migrateToChatId === undefined ? {} : { parameters: { migrate_to_chat_id: migrateToChatId } }),
    },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    lost: false,
  };
}

function refuseBy(fault: TelegramCallFault | undefined, retryAfterSeconds: number): void {
  if (fault === 'tooManyRequests') throw tooManyRequests(retryAfterSeconds);
  if (fault === 'internalError') throw new ApiError(500, 'Internal Server Error');
}
