import type { FastifyInstance } from 'fastify';
import { Input } from '../input';
import type { TikTokStandIn } from '../tiktok/tiktok';
import { limitIn } from './telegram.controller';

/** `/control/tiktok/…`: pixels, and what came in for them. */
export function controlTikTok(scope: FastifyInstance, tiktok: TikTokStandIn): void {
  scope.post('/tiktok/pixels', (request, reply) => {
    const input = new Input(request.body);
    const pixel = { pixelCode: input.text('pixelCode'), accessToken: input.text('accessToken') };
    input.nothingElse();
    tiktok.addPixel(pixel);
    return reply.code(201).send({ pixelCode: pixel.pixelCode });
  });

  scope.get('/tiktok/events', () => ({ events: tiktok.events() }));
  scope.get('/tiktok/test-events', () => ({ events: tiktok.testEvents() }));
  scope.get('/tiktok/requests', ({ query }) => ({ requests: tiktok.requests(limitIn(query, 100)) }));
  scope.get('/tiktok/summary', () => tiktok.summary());
}
