export type {
  Account,
  Approval,
  ChatDetails,
  LinkOrder,
  MemberRights,
  MessageOrder,
  RawUpdate,
  UpdatesOrder,
  WebhookInfo,
  WebhookSettings,
} from './methods';
export { messageParametersOf, TelegramClient, type CallOptions } from './telegram-client';
export { TelegramError, TelegramRefused, TelegramThrottled, TelegramUnavailable } from './telegram-errors';
