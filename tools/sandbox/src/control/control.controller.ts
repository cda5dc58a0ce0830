import type { FastifyInstance } from 'fastify';
import type { FaultBook } from '../faults';
import { InvalidInput } from '../input';
import { Refused, type TelegramStandIn } from '../telegram/telegram';
import type { TikTokStandIn } from '../tiktok/tiktok';
import { controlTelegram, refusedStatus } from './telegram.controller';
import { controlTikTok } from './tiktok.controller';

export interface Controlled {
  readonly telegram: TelegramStandIn;
  readonly tiktok: TikTokStandIn;
  readonly faults: FaultBook;
  reset(): void;
}

/** `/control/…`: drives the stand-ins and tells what they saw. Open to whoever reaches the port: for tests only. */
export function serveControl(app: FastifyInstance, controlled: Controlled): void {
  const { telegram, tiktok, faults } = controlled;
  app.register(
    (scope, _options, done) => {
      scope.setErrorHandler((error, _request, reply) => {
        if (error instanceof InvalidInput) {
          return reply.code(400).send({ error: 'invalid-input', field: error.field, message: error.message });
        }
        if (error instanceof Refused) {
          return reply.code(refusedStatus(error)).send({ error: error.reason, message: error.message });
        }
        return reply.send(error);
      });
      controlTelegram(scope, telegram);
      controlTikTok(scope, tiktok);
      scope.get('/faults', () => faults.all());
      scope.put('/faults', ({ body }) => faults.update(body));
      scope.post('/reset', (_request, reply) => {
        controlled.reset();
        return reply.code(204).send();
      });
      done();
    },
    { prefix: '/control' },
  );
}
