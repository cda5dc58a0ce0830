import type { FastifyInstance } from 'fastify';
import { Input, InvalidInput, isObject } from '../input';
import { LARGEST_ID } from '../telegram/people';
import { JOIN_VIA, type JoinResult } from '../telegram/state';
import { Refused, type NewJoin, type TelegramStandIn } from '../telegram/telegram';

const userIdRule = { min: 1, max: LARGEST_ID };
const chatIdRule = { min: -LARGEST_ID, max: -1 };
const usernameRule = {
  pattern: /^[A-Za-z]\w{3,31}$/,
  says: 'must be 4 to 32 letters, digits and _, without the @',
};
const MOST_JOINS = 10_000;

/** One of a list of joins that Telegram would not let happen. */
interface RefusedJoin {
  readonly joined: false;
  readonly refused: string;
  readonly message: string;
}

/** `/control/telegram/…`: what people and owners do at Telegram. */
export function controlTelegram(scope: FastifyInstance, telegram: TelegramStandIn): void {
  scope.post('/telegram/bots', (request, reply) => {
    const input = new Input(request.body);
    const bot = {
      token: input.text('token', {
        pattern: /^[1-9]\d{0,15}:[\w-]+$/,
        says: 'must look like <botId>:<secret>',
      }),
      username: input.text('username', usernameRule),
      name: input.text('name'),
    };
    input.nothingElse();
    return reply.code(201).send(telegram.addBot(bot));
  });

  scope.post('/telegram/channels', (request, reply) => {
    const input = new Input(request.body);
    const channel = {
      chatId: input.optionalInteger('chatId', chatIdRule),
      title: input.text('title'),
      type: input.oneOf('type', ['channel', 'supergroup', 'group']),
      username: input.optionalText('username', usernameRule),
      restrictsNewMembers: input.flag('restrictsNewMembers', false),
    };
    input.nothingElse();
    return reply.code(201).send(telegram.addChannel(channel));
  });

  scope.post<{ Params: { chatId: string } }>('/telegram/channels/:chatId/admins', (request, reply) => {
    const input = new Input(request.body);
    const admin = {
      botId: input.integer('botId', userIdRule),
      canInviteUsers: input.flag('canInviteUsers', true),
    };
    input.nothingElse();
    telegram.addAdmin(idInPath('chatId', request.params.chatId), admin);
    return reply.code(201).send(admin);
  });

  scope.delete<{ Params: { chatId: string; botId: string } }>(
    '/telegram/channels/:chatId/admins/:botId',
    (request, reply) => {
      const { chatId, botId } = request.params;
      telegram.removeAdmin(idInPath('chatId', chatId), idInPath('botId', botId));
      return reply.code(204).send();
    },
  );

  scope.post('/telegram/joins', (request, reply) => {
    const { body } = request;
    if (!Array.isArray(body)) return reply.code(201).send(telegram.join(readJoin(body)));
    if (body.length > MOST_JOINS) throw new InvalidInput('body', `may hold ${MOST_JOINS} joins at most`);
    // All are read before the first happens: a slip in the last must not leave the list half done.
    const joins = body.map((join, index) => readJoin(join, `joins.${index}`));
    return reply.code(201).send(joins.map((join) => joinOrRefusal(telegram, join)));
  });

  scope.post('/telegram/leaves', (request, reply) => {
    const input = new Input(request.body);
    const leave = {
      chatId: input.integer('chatId', chatIdRule),
      userId: input.integer('userId', userIdRule),
    };
    input.nothingElse();
    return reply.code(201).send({ left: true, ...telegram.leave(leave) });
  });

  scope.post('/telegram/kicks', (request, reply) => {
    const input = new Input(request.body);
    const kick = {
      chatId: input.integer('chatId', chatIdRule),
      userId: input.integer('userId', userIdRule),
    };
    input.nothingElse();
    return reply.code(201).send({ kicked: true, ...telegram.kick(kick) });
  });

  scope.patch<{ Params: { chatId: string } }>('/telegram/channels/:chatId', (request, reply) => {
    const input = new Input(request.body);
    const change = {
      title: input.optionalText('title'),
      username:
        input.optionalText('username', usernameRule) ?? (input.flag('isPrivate', false) ? null : undefined),
    };
    input.nothingElse();
    telegram.changeChat(idInPath('chatId', request.params.chatId), change);
    return reply.code(204).send();
  });

  scope.post<{ Params: { chatId: string } }>('/telegram/channels/:chatId/migration', (request, reply) =>
    reply.code(201).send(telegram.migrate(idInPath('chatId', request.params.chatId))),
  );

  scope.post('/telegram/starts', (request, reply) => {
    const input = new Input(request.body);
    const tap = {
      botId: input.integer('botId', userIdRule),
      userId: input.integer('userId', userIdRule),
      payload:
        input.optionalText('payload', {
          pattern: /^[\w-]{1,64}$/,
          says: 'must be up to 64 of A-Z a-z 0-9 _ -',
        }) ?? '',
    };
    input.nothingElse();
    return reply.code(201).send({ started: true, ...telegram.start(tap) });
  });

  scope.get('/telegram/state', () => telegram.state());

  scope.get<{ Params: { botId: string } }>('/telegram/bots/:botId/messages', ({ params }) => ({
    messages: telegram.sentMessages(idInPath('botId', params.botId)),
  }));
}

function readJoin(body: unknown, prefix?: string): NewJoin {
  const input = new Input(body, prefix);
  const chatId = input.optionalInteger('chatId', chatIdRule);
  const userId = input.optionalInteger('userId', userIdRule);
  const via = input.oneOf('via', JOIN_VIA);
  const inviteLink = via === 'link' ? input.text('inviteLink') : undefined;
  input.nothingElse();
  if (via !== 'link' && chatId === undefined) {
    throw new InvalidInput(prefix === undefined ? 'chatId' : `${prefix}.chatId`, 'is missing');
  }
  return { chatId, userId, via, inviteLink };
}

function joinOrRefusal(telegram: TelegramStandIn, join: NewJoin): JoinResult | RefusedJoin {
  try {
    return telegram.join(join);
  } catch (error) {
    if (error instanceof Refused) return { joined: false, refused: error.reason, message: error.message };
    throw error;
  }
}

function idInPath(name: string, text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id)) throw new InvalidInput(name, 'in the path must be an integer');
  return id;
}

/** What `Refused` is in HTTP: something named does not exist, or Telegram would not let it happen. */
export function refusedStatus({ reason }: Refused): number {
  return reason.startsWith('unknown-') ? 404 : 409;
}

/** @throws InvalidInput */
export function limitIn(query: unknown, fallback: number): number {
  const text = isObject(query) ? query['limit'] : undefined;
  if (text === undefined) return fallback;
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new InvalidInput('limit', 'must be a whole number, 1 or more');
  return limit;
}
