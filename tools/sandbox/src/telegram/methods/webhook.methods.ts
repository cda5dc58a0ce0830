import { performance } from 'node:perf_hooks';
import { badRequest, conflict, tooManyRequests } from '../api-error';
import type { Webhook } from '../webhook-client';
import type { Call, Reply } from './method';

const DEFAULT_CONNECTIONS = 40;
const MOST_CONNECTIONS = 100;
const LONGEST_SECRET = 256;
const SET_WEBHOOK_GAP_MS = 1000;
const MOST_UPDATES = 100;
const LONGEST_POLL_SECONDS = 50;

/**
 * An omitted secret removes it, while omitted allowed_updates keep theirs. Success says nothing about the receiver:
 * a 404 there shows up in getWebhookInfo only. Plain HTTP and loopback addresses are allowed, unlike at Telegram.
 */
export function setWebhook(call: Call): Reply {
  const { bot, args } = call;
  const url = args.text('url') ?? '';
  if (url === '') return deleteWebhook(call);
  const webhook: Webhook = {
    url: webhookUrl(url),
    secretToken: secretToken(args.text('secret_token')),
    maxConnections: maxConnections(args.integer('max_connections')),
  };
  const requested = args.texts('allowed_updates');
  const now = performance.now();
  if (now - bot.webhookSetAt < SET_WEBHOOK_GAP_MS) throw tooManyRequests(1);
  bot.webhookSetAt = now;
  bot.changeAllowedUpdates(requested);
  if (args.flag('drop_pending_updates')) bot.dropPending();
  bot.setWebhook(webhook);
  return { result: true, description: 'Webhook was set' };
}

export function deleteWebhook({ bot, args }: Call): Reply {
  const was = bot.webhook !== undefined;
  bot.removeWebhook();
  if (args.flag('drop_pending_updates')) bot.dropPending();
  return { result: true, description: was ? 'Webhook was deleted' : 'Webhook is already deleted' };
}

/** `allowed_updates` is left out when it is the default: that is how a lost `chat_member` shows. */
export function getWebhookInfo({ bot }: Call): Reply {
  const { webhook, lastError, allowedUpdates } = bot;
  return {
    result: {
      url: webhook?.url.href ?? '',
      has_custom_certificate: false,
      pending_update_count: bot.queue.size,
      ...(lastError ? { last_error_date: lastError.date, last_error_message: lastError.message } : {}),
      ...(webhook ? { max_connections: webhook.maxConnections, ip_address: '203.0.113.10' } : {}),
      ...(allowedUpdates ? { allowed_updates: allowedUpdates } : {}),
    },
  };
}

/** Everything below `offset` is confirmed and gone; a negative offset keeps only that many of the newest. */
export async function getUpdates({ bot, args }: Call): Promise<Reply> {
  if (bot.webhook) {
    throw conflict(
      "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
  }
  bot.changeAllowedUpdates(args.texts('allowed_updates'));
  const offset = args.integer('offset') ?? 0;
  const waiting = bot.queue.waiting();
  const confirmed = offset < 0 ? waiting.at(offset)?.updateId : offset;
  if (confirmed !== undefined) bot.confirmBelow(confirmed);
  await bot.waitForUpdates(Math.min(args.integer('timeout') ?? 0, LONGEST_POLL_SECONDS) * 1000);
  const limit = Math.min(Math.max(args.integer('limit') ?? MOST_UPDATES, 1), MOST_UPDATES);
  const updates = bot.queue.waiting().slice(0, limit);
  return { result: updates.map(({ body }): unknown => JSON.parse(body)) };
}

function webhookUrl(text: string): URL {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) throw badRequest('bad webhook: invalid URL specified');
  const url = new URL(withScheme);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw badRequest('bad webhook: an HTTPS URL must be provided for webhook');
  }
  return url;
}

function secretToken(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (text.length > LONGEST_SECRET) throw badRequest('secret token is too long');
  if (!/^[\w-]+$/.test(text)) throw badRequest('secret token contains unallowed characters');
  return text;
}

function maxConnections(wanted: number | undefined): number {
  if (wanted === undefined) return DEFAULT_CONNECTIONS;
  return Math.min(Math.max(wanted, 1), MOST_CONNECTIONS);
}
