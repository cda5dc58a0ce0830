import { IsId, IsTelegramChatId, IsTelegramUserId, IsUtcTime, Nested } from '../validation';
import { Person } from './telegram';

/** A person opened the bot through `t.me/<bot>?start=…`, which ties the person to a click. */
export class BotStarted {
  @IsTelegramUserId() botId!: string;
  @IsTelegramChatId() chatId!: string;
  @IsId() clickId!: string;
  @IsUtcTime() startedAt!: string;
  @Nested(() => Person) person!: Person;
}
