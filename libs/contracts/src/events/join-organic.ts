import { IsIn } from 'class-validator';
import { IsId, IsTelegramChatId, IsUtcTime, Nested, Optional } from '../validation';
import { Chat, Person } from './telegram';

/** Why a join is not tied to a click: the closed list that the screen explains. */
export const ORGANIC_REASONS = [
  'no-invite-link',
  'public-direct-join',
  'link-not-ours',
  'fallback-link',
  'click-outside-window',
  'link-already-converted',
  'added-by-admin',
  'folder-link',
  'no-click',
  'rejoin',
] as const;
export type OrganicReason = (typeof ORGANIC_REASONS)[number];

/** A join that no ad click can be shown to have caused. Never sent to TikTok. */
export class JoinOrganic {
  @IsId() joinId!: string;
  @IsTelegramChatId() chatId!: string;
  @Nested(() => Chat) chat!: Chat;
  @IsUtcTime() joinedAt!: string;
  @IsIn(ORGANIC_REASONS) reason!: OrganicReason;
  /** The click that was considered and did not count. */
  @Optional() @IsId() clickId?: string;
  @Nested(() => Person) person!: Person;
}
