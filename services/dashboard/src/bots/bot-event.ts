import type { BotConfigured } from '@clickjoin/contracts';
import type { BotEntity } from './bot.entity';

export function toEvent(bot: BotEntity): BotConfigured {
  const { botId, username, name, token, webhookSecret, previousWebhookSecret, updatesBy, version } = bot;
  return {
    botId,
    username,
    name,
    token,
    webhookSecret,
    ...(previousWebhookSecret === null ? {} : { previousWebhookSecret }),
    ...(updatesBy === null ? {} : { updatesBy }),
    version,
    configuredAt: bot.configuredAt.toISOString(),
  };
}

export const toRow = (event: BotConfigured): BotEntity => ({
  botId: event.botId,
  username: event.username,
  name: event.name,
  token: event.token,
  webhookSecret: event.webhookSecret,
  previousWebhookSecret: event.previousWebhookSecret ?? null,
  updatesBy: event.updatesBy ?? null,
  version: event.version,
  configuredAt: new Date(event.configuredAt),
});
