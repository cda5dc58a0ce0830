import type { BotStarted, JoinRequestPolicy } from '@clickjoin/contracts';
import type { JoinRequest, TelegramEvent, Translation } from '../translate/translation';

/** What an update makes the bot do at Telegram, beside what goes into the log. */
export type FollowUp =
  | { readonly kind: 'approve'; readonly chatId: string; readonly telegramUserId: string }
  | { readonly kind: 'answer-start'; readonly chatId: string; readonly telegramUserId: string };

export type RequestDecision = 'approve' | 'left-to-owner';

/** @param policy of the channel; undefined when it is not set up */
export function decideRequest(
  { isTracked }: JoinRequest,
  policy: JoinRequestPolicy | undefined,
): RequestDecision {
  switch (policy) {
    case 'approve-all':
      return 'approve';
    case 'approve-tracked':
      return isTracked ? 'approve' : 'left-to-owner';
    case 'off':
    case undefined:
      return 'left-to-owner';
  }
}

export function followUpOf(
  translation: Translation,
  policyOf: (chatId: string) => JoinRequestPolicy | undefined,
): FollowUp | undefined {
  switch (translation.kind) {
    case 'join-request': {
      const { chatId, telegramUserId } = translation.request;
      const decision = decideRequest(translation.request, policyOf(chatId));
      return decision === 'approve' ? { kind: 'approve', chatId, telegramUserId } : undefined;
    }
    case 'events': {
      const started = translation.events.find(isBotStarted);
      return started === undefined ? undefined : answerTo(started.event);
    }
    case 'skipped':
    case 'rejected':
      return undefined;
  }
}

const isBotStarted = (event: TelegramEvent): event is Extract<TelegramEvent, { type: 'BotStarted' }> =>
  event.type === 'BotStarted';

const answerTo = ({ chatId, person }: BotStarted): FollowUp => ({
  kind: 'answer-start',
  chatId,
  telegramUserId: person.telegramUserId,
});
