import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { CLOCK } from '@clickjoin/service-kit';
import {
  messageParametersOf,
  TelegramClient,
  TelegramError,
  TelegramRefused,
  TelegramThrottled,
} from '@clickjoin/telegram';
import { type Bot, BotDirectory } from '../bots/bot-directory';
import { JoinServiceConfig } from '../config';
import { JoinMetrics } from '../metrics';
import type { FollowUp } from './follow-up';
import { StartAnswer } from './start-answer';
import { WaitingPlaces } from './waiting-places';

/** A call of the Bot API that Telegram makes itself when it finds it in the answer to an update (reference §3). */
export type AnsweredCall = Readonly<Record<string, unknown>> & { readonly method: string };

export type FollowUpResult =
  | { readonly kind: 'done' }
  /** Not yet: the update is not to be acknowledged, so that it comes again. */
  | { readonly kind: 'later'; readonly retryAfterMs: number }
  /** Too many wait already: acknowledge, and let Telegram make the call; nobody hears what became of it. */
  | { readonly kind: 'hand-over'; readonly call: AnsweredCall };

const DONE: FollowUpResult = { kind: 'done' };
/** Far below the 60 s that Telegram waits for the answer to an update. */
const CALL_TIMEOUT_MS = 10_000;
const RETRY_AFTER_MS = 10_000;
const ANSWERS_REMEMBERED = 10_000;

/**
 * Does what an update asks for at Telegram. Keeps nothing that matters: what could not be done is not acknowledged, so
 * Telegram, which keeps it for a day, asks again, and whichever instance lives then does it (ADR 13).
 */
@Injectable()
export class FollowUpRunner {
  private readonly logger = new Logger(FollowUpRunner.name);
  private readonly waiting = new Map<string, WaitingPlaces>();
  private readonly pausedUntilMs = new Map<string, number>();
  /** An update that comes twice must not be answered twice, as far as this instance remembers. */
  private readonly answered = new Set<string>();

  constructor(
    private readonly bots: BotDirectory,
    private readonly startAnswer: StartAnswer,
    @Inject(TelegramClient)
    private readonly telegram: Pick<TelegramClient, 'approveChatJoinRequest' | 'sendMessage'>,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JoinServiceConfig) private readonly config: Pick<JoinServiceConfig, 'webhookMaxConnections'>,
    private readonly metrics: JoinMetrics,
  ) {}

  /**
   * @param updateKey the same for an update that comes again
   * @param canHandOver whether a call can be put into the answer
   */
  async run(
    botId: string,
    followUp: FollowUp,
    updateKey: string,
    canHandOver: boolean,
  ): Promise<FollowUpResult> {
    const lookup = this.bots.find(botId);
    if (lookup.kind !== 'known') return DONE;
    const who = `${followUp.kind}:${followUp.chatId}:${followUp.telegramUserId}`;
    try {
      const pausedMs = (this.pausedUntilMs.get(botId) ?? 0) - this.clock.now();
      if (pausedMs > 0) throw new TelegramThrottled(pausedMs);
      const result = await this.callFor(lookup.bot, followUp, updateKey);
      this.placesOf(botId).leave(who);
      this.metrics.followUps.inc({ kind: followUp.kind, result });
      return DONE;
    } catch (error) {
      if (!(error instanceof TelegramError)) throw error;
      return this.after(error, { botId, followUp, who, canHandOver });
    }
  }

  private async callFor(bot: Bot, followUp: FollowUp, updateKey: string): Promise<string> {
    const { chatId, telegramUserId } = followUp;
    if (followUp.kind === 'approve') {
      return this.telegram.approveChatJoinRequest(
        bot.token,
        { chatId, userId: telegramUserId },
        { timeoutMs: CALL_TIMEOUT_MS },
      );
    }
    if (this.answered.has(updateKey)) return 'answered-before';
    const message = await this.startAnswer.for(bot, chatId, telegramUserId);
    if (message === undefined) return 'no-way-in';
    await this.telegram.sendMessage(bot.token, message, { timeoutMs: CALL_TIMEOUT_MS });
    this.remember(updateKey);
    return 'sent';
  }

  private after(
    error: TelegramError,
    context: {
      readonly botId: string;
      readonly followUp: FollowUp;
      readonly who: string;
      readonly canHandOver: boolean;
    },
  ): FollowUpResult {
    const { botId, followUp, who, canHandOver } = context;
    const { kind } = followUp;
    // A refused token is being exchanged, or the bot is lost anyway; all else that is refused stays refused.
    if (error instanceof TelegramRefused && !error.isAboutToken) {
      this.placesOf(botId).leave(who);
      this.metrics.followUps.inc({ kind, result: 'refused' });
      this.logger.warn({ botId, chatId: followUp.chatId, kind, reason: error.message }, 'Telegram refuses');
      return DONE;
    }
    const now = this.clock.now();
    const retryAfterMs = error instanceof TelegramThrottled ? error.retryAfterMs : RETRY_AFTER_MS;
    if (error instanceof TelegramThrottled) this.pausedUntilMs.set(botId, now + retryAfterMs);
    if (this.placesOf(botId).take(who, now) || !canHandOver) {
      this.metrics.followUps.inc({ kind, result: 'later' });
      return { kind: 'later', retryAfterMs };
    }
    const call = this.callToHandOver(followUp);
    this.metrics.followUps.inc({ kind, result: call === undefined ? 'dropped' : 'handed-over' });
    return call === undefined ? DONE : { kind: 'hand-over', call };
  }

  private callToHandOver({ kind, chatId, telegramUserId }: FollowUp): AnsweredCall | undefined {
    if (kind === 'approve') {
      return { method: 'approveChatJoinRequest', chat_id: chatId, user_id: Number(telegramUserId) };
    }
    const message = this.startAnswer.atHand(chatId, telegramUserId);
    return message === undefined ? undefined : { method: 'sendMessage', ...messageParametersOf(message) };
  }

  private placesOf(botId: string): WaitingPlaces {
    const known = this.waiting.get(botId);
    if (known !== undefined) return known;
    // Half of the queues that Telegram keeps loaded.
    const made = new WaitingPlaces(this.config.webhookMaxConnections);
    this.waiting.set(botId, made);
    return made;
  }

  private remember(updateKey: string): void {
    this.answered.add(updateKey);
    if (this.answered.size <= ANSWERS_REMEMBERED) return;
    const [oldest] = this.answered;
    if (oldest !== undefined) this.answered.delete(oldest);
  }
}
