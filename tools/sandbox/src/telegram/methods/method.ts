import type { Bot } from '../bot';
import type { CallArguments } from '../call-arguments';
import type { TelegramStandIn } from '../telegram';

export interface Call {
  readonly telegram: TelegramStandIn;
  readonly bot: Bot;
  readonly args: CallArguments;
}

export interface Reply {
  readonly result: unknown;
  readonly description?: string;
}

/** A Bot API method. It refuses by throwing ApiError, in Telegram's words. */
export type Method = (call: Call) => Reply | Promise<Reply>;
