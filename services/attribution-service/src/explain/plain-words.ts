import type { OrganicReason } from '@clickjoin/contracts';
import type { WaitsFor } from '../attribute/decide-joins';
import type { DecidedBy } from '../attribute/join.store';
import type { ClickVerdict } from './explanation';

/** Each ends a sentence that begins with "It is organic: ". */
export const REASON_WORDS: Record<OrganicReason, string> = {
  'no-invite-link': 'the update names no invite link',
  'public-direct-join':
    'the channel is public and the person joined from its page, where Telegram tells no link',
  'link-not-ours':
    'the link was made by somebody else, and no bot of ours reported the join with a link of its own',
  'fallback-link':
    "it came by the channel's shared link, which many visitors got, so nobody knows whose click it was",
  'click-outside-window': "the click is older than the channel's window, or later than the join",
  'link-already-converted':
    'its click is used up: credited to the join of somebody else, or erased with the person whose it was',
  'added-by-admin': 'an administrator added the person',
  'folder-link': 'the person came by a shared folder',
  'no-click': 'no click came in time',
  rejoin:
    "the person had been in the channel before: Telegram's update says so, or its click was credited to an earlier join",
};

/** Each follows the name of the click. */
export const VERDICT_WORDS: Record<ClickVerdict, string> = {
  credited: 'was credited with this join',
  late: 'came after the grace was over, so it did not count',
  'outside-window': 'is outside the window',
  'credited-to-the-same-person': 'was credited with an earlier join of the same person',
  'credited-to-another-person': 'was credited with the join of somebody else',
  erased: 'was erased with the person whose it was, and counts for nobody any more',
  'shared-link': 'led to a link that is shared by all visitors',
  'of-another-channel': 'belongs to another channel',
  'not-a-bot-start': 'did not lead to the bot',
  'not-needed': 'could have counted, but another decided first',
};

/** Each follows "It waits until <time>". */
export const WAITS_FOR_WORDS: Record<WaitsFor, string> = {
  click: 'for the click of its link',
  report: 'for a report by the bot that made the link',
  'bot-start': 'for a start of the bot by the same person, and its click',
  'report-or-bot-start':
    'for a report by the bot that made the link, else for a start of the bot by the same person',
};

/** Each follows "It was decided at <time>, ". */
export const DECIDED_BY_WORDS: Record<DecidedBy, string> = {
  join: 'when the join was read',
  click: 'when a click was read',
  'bot-start': 'when a start of the bot was read',
  deadline: 'when its grace was over and everything of that time had been read',
};

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `7 days`, `90 seconds`: in the largest unit that comes out even. */
export function daysOrLess(ms: number): string {
  const [unit, size] = UNITS.find(([, unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? ['millisecond', 1];
  const count = ms / size;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
