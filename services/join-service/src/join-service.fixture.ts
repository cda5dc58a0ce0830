import {
  type BotConfigured,
  type ChannelConfigured,
  decode,
  encode,
  type OutboundRecord,
  parseSecretKeys,
  sealSecret,
  secretRecords,
  type TopicDefinition,
  topics,
  type UpdateSource,
} from '@clickjoin/contracts';
import { loadConfig, type RunningService, startService } from '@clickjoin/service-kit';
import { channelConfigured } from './channels/channel.fixture';
import { JoinServiceConfig } from './config';
import { definition } from './definition';

export const SECRET_KEYS = `test:${Buffer.alloc(32, 5).toString('base64')}`;
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
      // However slow the machine: what Kafka takes is not refused.
      PUBLISH_DEADLINE_MS: '30000',
      ...env,
    }),
  );

interface BotSetUp {
  readonly token?: string;
  readonly previousSecret?: string;
  readonly updatesBy?: UpdateSource;
}

/** What the dashboard writes into `settings.bot.v1` when the bot is set up, or changed. */
export function botRecord(
  version: number,
  webhookSecret: string,
  { token = TOKEN, previousSecret, updatesBy }: BotSetUp = {},
): OutboundRecord {
  const [botId = ''] = token.split(':');
  const bot: BotConfigured = {
    botId,
    username: 'garden_joins_example_bot',
    name: 'Garden Joins',
    token: sealSecret(keyring, secretRecords.botToken(botId), token),
    webhookSecret: sealSecret(keyring, secretRecords.botWebhookSecret(botId), webhookSecret),
    ...(previousSecret === undefined
      ? {}
      : {
          previousWebhookSecret: sealSecret(
            keyring,
            secretRecords.botPreviousWebhookSecret(botId),
            previousSecret,
          ),
        }),
    ...(updatesBy === undefined ? {} : { updatesBy }),
    version,
    configuredAt: '2026-08-20T09:15:00.000Z',
  };
  return encode(topics.bot, bot, { source: 'dashboard' });
}

/** What it writes into `settings.channel.v1`. */
export const channelRecord = (channel: Partial<ChannelConfigured>): OutboundRecord =>
  encode(topics.channel, channelConfigured(channel), { source: 'dashboard' });

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

interface RawRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, { toString(): string } | undefined>>;
}

/** What records say; one that is not in the contract fails the spec. */
export function eventsOf<T extends object>(
  topic: TopicDefinition<T>,
  records: readonly RawRecord[],
): { readonly key: string | undefined; readonly event: T; readonly id: string | undefined }[] {
  return records.map(({ key, value, headers }) => {
    const decoded = decode(topic, value);
    if (!decoded.ok) throw new Error(decoded.reason);
    return { key: key?.toString(), event: decoded.event, id: headers.ce_id?.toString() };
  });
}

/** A call of the Bot API as the bot itself makes it. */
export async function callTelegram<T>(
  apiUrl: string,
  method: string,
  parameters: object = {},
  token = TOKEN,
): Promise<T> {
  const response = await fetch(`${apiUrl}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
  });
  const envelope = (await response.json()) as { ok: boolean; result: T };
  if (!envelope.ok) throw new Error(JSON.stringify(envelope));
  return envelope.result;
}
