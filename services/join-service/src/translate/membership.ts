import { type Fields, Malformed } from './fields';

export type MembershipChange = 'joined' | 'left' | 'unchanged';

/**
 * By `is_member` where somebody is restricted, since the status is the same inside and outside: comparing statuses
 * misses the join `restricted(out) → restricted(in)` (reference/telegram-bot-api.md §2.1).
 * @throws Malformed
 */
export function isIn(member: Fields): boolean {
  switch (member.text('status')) {
    case 'creator':
    case 'administrator':
    case 'member':
      return true;
    case 'restricted':
      return member.flag('is_member');
    case 'left':
    case 'kicked':
      return false;
    default:
      // A status of tomorrow: taken for out, it would make up leaves; taken for in, joins.
      throw new Malformed('status is none that is known');
  }
}

export function membershipChange(before: Fields, after: Fields): MembershipChange {
  const wasIn = isIn(before);
  if (wasIn === isIn(after)) return 'unchanged';
  return wasIn ? 'left' : 'joined';
}

/** Comes in by appointment or by owning the chat. */
export const isAdministrator = (member: Fields): boolean =>
  ['creator', 'administrator'].includes(member.text('status'));

/**
 * Whether somebody who is out shows to have been in before: restrictions and bans stay with those who went. Nothing
 * follows from `left`, which Telegram also says of those who never were in (samples 01 and 20 look alike).
 */
export const wasMember = (outside: Fields): boolean =>
  ['restricted', 'kicked'].includes(outside.text('status'));
