import { IsBoolean } from 'class-validator';
import { IsTelegramChatId, IsTelegramUserId, IsUtcTime, Nested, OptionalText } from '../validation';
import { Chat } from './telegram';

/** What a bot is in a channel, as of its latest `my_chat_member`. */
export class ChannelDetected {
  @IsTelegramChatId() chatId!: string;
  @IsTelegramUserId() botId!: string;
  @Nested(() => Chat) chat!: Chat;
  /** Public username without `@`. */
  @OptionalText(64) username?: string;
  @IsBoolean() botIsAdmin!: boolean;
  /** Without it no invite links can be made, so nothing can be attributed. */
  @IsBoolean() botCanInvite!: boolean;
  @IsUtcTime() observedAt!: string;
}
