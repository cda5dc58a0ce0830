import type { FastifyInstance, FastifyReply } from 'fastify';
import type { FaultBook } from '../faults';
import { loseAnswer, wait, type Closing } from '../late-answer';
import { ENDPOINTS } from './endpoints';
import type { TikTokAnswer, TikTokStandIn } from './tiktok';

export const TIKTOK_ROOT = '/open_api/v1.3';

/** The three endpoints of the Events API. Their trailing slash matters: without it there is no such page. */
export function serveEventsApi(
  app: FastifyInstance,
  tiktok: TikTokStandIn,
  faults: FaultBook,
  closing: Closing,
): void {
  app.register(
    (scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
      scope.setNotFoundHandler((_request, reply) =>
        reply.code(404).type('text/plain').send('404 page not found'),
      );
      for (const endpoint of ENDPOINTS) {
        scope.post(endpoint.path, async (request, reply) => {
          const header = request.headers['access-token'];
          const token = Array.isArray(header) ? header[0] : header;
          const answer = tiktok.answer(endpoint, token, typeof request.body === 'string' ? request.body : '');
          await wait(faults.tiktokDelayMs(), closing);
          if (answer.kind === 'lost') return loseAnswer(reply, faults.tiktok.lostAnswerMode);
          return send(reply, answer);
        });
      }
      done();
    },
    { prefix: TIKTOK_ROOT },
  );
}

function send(reply: FastifyReply, answer: Exclude<TikTokAnswer, { kind: 'lost' }>): FastifyReply {
  if (answer.kind === 'raw') return reply.code(answer.status).type(answer.contentType).send(answer.text);
  if (answer.retryAfterSeconds !== undefined) void reply.header('retry-after', answer.retryAfterSeconds);
  return reply.code(answer.status).send(answer.envelope);
}
