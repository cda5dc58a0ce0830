import type { ClickCaptured, JoinReceived } from '@clickjoin/contracts';
import type { DecidedJoin } from '../attribute/decide-joins';

/** What can be odd about the log. Nothing here changes a decision; it is said because it costs conversions. */
export const SURPRISES = {
  'late-click':
    'The click came into the log after the join had waited out its grace; the join stays organic.',
  'late-bot-start':
    'The person started the bot, but that came into the log after the join had waited out its grace; the join stays organic.',
  'late-report':
    'A bot of ours reported the join with its own invite link, after it had been decided without; the decision stays.',
  'second-click':
    'A second click came by an invite link that already stands for another click; the first counts.',
  'join-before-click':
    "The join looks earlier than its click by more than the tolerance: the click-service's clock is ahead of Telegram's.",
  'bot-start-of-unknown-click':
    'The bot was started for a click that is not known: its click has not come, or the start link was made up.',
  'bot-start-for-another-channel': 'The bot was started with a click that belongs to another channel.',
  'click-too-old': 'A click came that is older than clicks are kept; it was not taken in again.',
  'join-too-old': 'A join came that is older than joins are kept; it was not taken in again.',
} as const;

export type SurpriseKind = keyof typeof SURPRISES;

export interface Surprise {
  readonly kind: SurpriseKind;
  /** What it is about, so that a duplicate of the message is the same surprise. */
  readonly subject: string;
  readonly chatId?: string;
  readonly joinId?: string;
  readonly clickId?: string;
}

export const aboutClick = (
  kind: SurpriseKind,
  { clickId, chatId }: Pick<ClickCaptured, 'clickId' | 'chatId'>,
): Surprise => ({ kind, subject: clickId, chatId, clickId });

export const aboutJoin = (
  kind: SurpriseKind,
  { joinId, chatId }: Pick<JoinReceived, 'joinId' | 'chatId'>,
  clickId?: string,
): Surprise => ({ kind, subject: joinId, chatId, joinId, ...(clickId === undefined ? {} : { clickId }) });

/** Decisions that say something about our surroundings. */
export const surprisingDecisions = (decided: readonly DecidedJoin[]): Surprise[] =>
  decided.flatMap(({ join, decision }) => {
    if (decision.kind !== 'organic' || decision.reason !== 'click-outside-window') return [];
    const { click } = decision;
    if (click === undefined || join.event.joinedAt >= click.capturedAt) return [];
    return [aboutJoin('join-before-click', join.event, click.clickId)];
  });
