import { randomBytes } from 'node:crypto';
import { joinIdOf, linkKeyOf } from '@clickjoin/contracts';
import Fastify, { type FastifyInstance } from 'fastify';

/** What a peer is told by its environment. */
export const peerEnv = () => {
  const { PORT = '0', KAFKA_BROKERS = '', TOPIC = '', WEBHOOK_SECRET = '' } = process.env;
  return { port: Number(PORT), brokers: KAFKA_BROKERS.split(','), topic: TOPIC, secret: WEBHOOK_SECRET };
};

interface ChatMember {
  readonly user: { readonly id: number; readonly is_bot: boolean };
  readonly status: string;
}
interface Update {
  readonly chat_member?: {
    readonly chat: {
      readonly id: number;
      readonly type: string;
      readonly title: string;
      readonly username?: string;
    };
    readonly date: number;
    readonly old_chat_member: ChatMember;
    readonly new_chat_member: ChatMember;
    readonly invite_link?: { readonly invite_link: string; readonly creates_join_request: boolean };
  };
}

export interface PeerRecord {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The same record as ours, made the short way: no field is checked, nothing but a plain join is known, the record is
 * not held against its contract.
 */
function recordOf(botId: string, update: Update): PeerRecord | undefined {
  const change = update.chat_member;
  if (change === undefined) return undefined;
  if (change.old_chat_member.status !== 'left' || change.new_chat_member.status !== 'member')
    return undefined;
  const chatId = String(change.chat.id);
  const telegramUserId = String(change.new_chat_member.user.id);
  const key = change.invite_link === undefined ? undefined : linkKeyOf(change.invite_link.invite_link);
  const joinId = joinIdOf(chatId, telegramUserId, change.date);
  const joinedAt = new Date(change.date * 1_000).toISOString();
  const join = {
    joinId,
    botId,
    chatId,
    chat: {
      type: change.chat.type,
      title: change.chat.title,
      isPublic: change.chat.username !== undefined,
    },
    joinedAt,
    route: 'invite-link',
    link: { isOwn: true, key, createsJoinRequest: change.invite_link?.creates_join_request },
    person: { telegramUserId },
  };
  return {
    key: key ?? `${chatId}:${telegramUserId}`,
    value: Buffer.from(JSON.stringify(join)),
    headers: {
      ce_specversion: '1.0',
      ce_id: joinId,
      ce_type: 'telegram.join-received.v1',
      ce_source: 'peer',
      ce_time: joinedAt,
      'content-type': 'application/json',
      traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    },
  };
}

/** Nothing but Fastify: what a careful engineer writes in an hour. */
export function fastifyApp(secret: string, send: (record: PeerRecord) => Promise<unknown>): FastifyInstance {
  const app = Fastify();
  app.get('/health/ready', () => ({ status: 'up' }));
  app.post<{ Params: { botId: string }; Body: Update }>('/telegram/:botId', async (request, reply) => {
    if (request.headers['x-telegram-bot-api-secret-token'] !== secret) return reply.code(401).send();
    const record = recordOf(request.params.botId, request.body);
    if (record !== undefined) await send(record);
    return reply.code(200).send();
  });
  return app;
}
