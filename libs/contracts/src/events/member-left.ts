import { IsIn } from 'class-validator';
import { IsTelegramChatId, IsTelegramUserId, IsUtcTime, Nested } from '../validation';
import { Person } from './telegram';

export const LEAVE_KINDS = ['left', 'removed'] as const;
export type LeaveKind = (typeof LEAVE_KINDS)[number];

/** A person is no longer in a channel: went, or was removed by an administrator. */
export class MemberLeft {
  @IsTelegramUserId() botId!: string;
  @IsTelegramChatId() chatId!: string;
  @IsUtcTime() leftAt!: string;
  @IsIn(LEAVE_KINDS) kind!: LeaveKind;
  @Nested(() => Person) person!: Person;
}
