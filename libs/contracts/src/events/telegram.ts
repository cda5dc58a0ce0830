import { IsBoolean, IsIn, IsString, MaxLength } from 'class-validator';
import { IsTelegramUserId } from '../validation';

export const CHAT_TYPES = ['channel', 'supergroup', 'group'] as const;
export type ChatType = (typeof CHAT_TYPES)[number];

export class Chat {
  @IsIn(CHAT_TYPES) type!: ChatType;
  @IsString() @MaxLength(512) title!: string;
  /** Has a public username: Telegram then often strips the invite link from the update. */
  @IsBoolean() isPublic!: boolean;
}

/** Personal data of the one who joined: the id and nothing else. */
export class Person {
  @IsTelegramUserId() telegramUserId!: string;
}
