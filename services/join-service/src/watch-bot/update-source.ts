import type { UpdateSource } from '@clickjoin/contracts';
import type { Bot } from '../bots/bot-directory';

/** How a bot's updates come in: as it is set, else by webhook where this installation has a public address. */
export const updateSourceOf = (
  { updatesBy }: Pick<Bot, 'updatesBy'>,
  { publicWebhookUrl }: { readonly publicWebhookUrl: string },
): UpdateSource => updatesBy ?? (publicWebhookUrl === '' ? 'long-polling' : 'webhook');
