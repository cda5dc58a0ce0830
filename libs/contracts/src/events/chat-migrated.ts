import { IsTelegramChatId, IsTelegramUserId, IsUtcTime } from '../validation';

/** A basic group became a supergroup: the same people under a new id. */
export class ChatMigrated {
  @IsTelegramUserId() botId!: string;
  @IsTelegramChatId() fromChatId!: string;
  @IsTelegramChatId() toChatId!: string;
  @IsUtcTime() migratedAt!: string;
}
