export type { Account, LinkOrder, WebhookInfo, WebhookSettings } from './methods';
export { TelegramClient, type CallOptions } from './telegram-client';
export { TelegramError, TelegramRefused, TelegramThrottled, TelegramUnavailable } from './telegram-errors';
