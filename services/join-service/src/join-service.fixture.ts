import {
  type BotConfigured,
  encode,
  type OutboundRecord,
  parseSecretKeys,
  sealSecret,
  secretRecords,
  topics,
} from '@clickjoin/contracts';
import { loadConfig, type RunningService, startService } from '@clickjoin/service-kit';
import { JoinServiceConfig } from './config';
import { definition } from './definition';

const SECRET_KEYS = `test:${Buffer.alloc(32, 5).toString('base64')}`;
const keyring = parseSecretKeys(SECRET_KEYS);

export const TOKEN = '7409988776:AAH-invented-token-that-nobody-has-000';
export const BOT_ID = '7409988776';

/** The service inside this process, on a free port. */
export const startJoinService = (
  env: Readonly<Record<string, string>>,
): Promise<RunningService<JoinServiceConfig>> =>
  startService(
    definition,
    loadConfig(JoinServiceConfig, {
      PORT: '0',
      LOG_LEVEL: 'silent',
      SECRET_KEYS,
      TOPIC_PARTITIONS: '3',
      ...env,
    }),
  );

/** What the dashboard writes into `settings.bot.v1` when the bot is set up, or changed. */
export function botRecord(version: number, webhookSecret: string): OutboundRecord {
  const bot: BotConfigured = {
    botId: BOT_ID,
    username: 'garden_joins_example_bot',
    name: 'Garden Joins',
    token: sealSecret(keyring, secretRecords.botToken(BOT_ID), TOKEN),
    webhookSecret: sealSecret(keyring, secretRecords.botWebhookSecret(BOT_ID), webhookSecret),
    version,
    configuredAt: '2026-08-20T09:15:00.000Z',
  };
  return encode(topics.bot, bot, { source: 'dashboard' });
}

/** One delivery as Telegram makes it. */
export const deliver = (
  url: string,
  body: string | Buffer,
  { botId = BOT_ID, secret }: { readonly botId?: string; readonly secret?: string } = {},
): Promise<Response> =>
  fetch(`${url}/telegram/${botId}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(secret === undefined ? {} : { 'x-telegram-bot-api-secret-token': secret }),
    },
    body,
  });
