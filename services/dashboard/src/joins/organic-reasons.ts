import type { OrganicReason } from '@clickjoin/contracts';

export interface ReasonInWords {
  /** A few words, for a table's cell. */
  readonly title: string;
  /** What happened. */
  readonly explanation: string;
  /** What to do about it, if anything can be done. */
  readonly advice?: string;
}

/**
 * "Why organic?" in the words of a media buyer. Facts about Telegram: reference/telegram-bot-api.md §2.4, §5.
 */
export const ORGANIC_REASONS_IN_WORDS: Readonly<Record<OrganicReason, ReasonInWords>> = {
  'no-invite-link': {
    title: 'No invite link',
    explanation:
      'Telegram reported the join without an invite link, so it can belong to any visitor or to none.',
    advice: 'Share the channel only through your tracked links, so that every join brings one along.',
  },
  'public-direct-join': {
    title: 'Joined the public channel directly',
    explanation:
      'The channel is public. Its Join button, the search and most Android apps join without the invite link, ' +
      'even after a tap on one.',
    advice:
      'Make the channel private, use links with join requests, or lead visitors through a bot start link.',
  },
  'link-not-ours': {
    title: 'Link of someone else',
    explanation: 'The person came through an invite link that Clickjoin did not make.',
    advice: 'Replace hand-made invite links on your landing pages with tracked links.',
  },
  'fallback-link': {
    title: 'Shared fallback link',
    explanation:
      'No single-visitor link was in stock when the person clicked, so the shared link of the channel was ' +
      'given. Many visitors share it, so it points to none of them.',
    advice: "Look at the channel's link stock: Telegram may be limiting how fast links can be made.",
  },
  'click-outside-window': {
    title: 'Click too long ago',
    explanation:
      'The person came through a tracked link, but not within the attribution window after the click.',
  },
  'link-already-converted': {
    title: 'Link was used before',
    explanation:
      'The single-visitor link is used up: an earlier join through it was counted and the link was probably ' +
      'passed on, or the person it was made for has been erased.',
  },
  'added-by-admin': {
    title: 'Added by an administrator',
    explanation: 'An administrator of the channel added the person.',
  },
  'folder-link': {
    title: 'Through a folder link',
    explanation:
      'The person joined by adding a shared chat folder, which carries no invite link of the channel.',
  },
  'no-click': {
    title: 'No click found',
    explanation: 'The invite link is one of ours, but no click that was given it was found in time.',
    advice: 'If this happens often, look at the lag and the health of click-service and attribution-service.',
  },
  rejoin: {
    title: 'Was a member before',
    explanation:
      'The person had been in the channel before: Telegram says so, or an earlier join by the same click was counted.',
  },
};
