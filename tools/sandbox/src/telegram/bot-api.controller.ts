import type { FastifyInstance } from 'fastify';
import { isObject } from '../input';
import { loseAnswer, wait, type Closing } from '../late-answer';
import { callBotApi, runWebhookCalls } from './bot-api';
import { readBody } from './call-arguments';
import type { TelegramStandIn } from './telegram';

/** `/bot<token>/<method>`, by GET or POST, with arguments in the query, a form or JSON. */
export function serveBotApi(app: FastifyInstance, telegram: TelegramStandIn, closing: Closing): void {
  runWebhookCalls(telegram);
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
    scope.route<{ Params: { token: string; method: string } }>({
      method: ['GET', 'POST'],
      url: '/bot:token/:method',
      handler: async (request, reply) => {
        const { token, method } = request.params;
        const answer = await callBotApi(telegram, token, method, () => ({
          ...(isObject(request.query) ? request.query : {}),
          ...readBody(
            typeof request.body === 'string' ? request.body : '',
            request.headers['content-type'] ?? '',
          ),
        }));
        if (answer.lost) return loseAnswer(reply, 'destroy');
        await wait(telegram.faults.telegram.latencyMs, closing);
        if (answer.retryAfterSeconds !== undefined)
          void reply.header('retry-after', answer.retryAfterSeconds);
        return reply.code(answer.status).send(answer.envelope);
      },
    });
    done();
  });
}
