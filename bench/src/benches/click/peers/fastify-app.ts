import Fastify, { type FastifyInstance } from 'fastify';
import { linkStock, recordOf, type ClickBody } from './peer';

const text = (maxLength: number) => ({ type: 'string', maxLength });

const schema = {
  body: {
    type: 'object',
    required: ['slug'],
    properties: {
      slug: { type: 'string', pattern: '^[a-z0-9-]{1,64}$' },
      ttclid: text(4096),
      utm: {
        type: 'object',
        properties: {
          source: text(500),
          medium: text(500),
          campaign: text(500),
          content: text(500),
          term: text(500),
        },
      },
      url: text(8192),
      referrer: text(8192),
      visitor: { type: 'object', properties: { ip: text(45), userAgent: text(2048) } },
    },
  },
  response: {
    202: {
      type: 'object',
      properties: { clickId: { type: 'string' }, link: { type: 'string' } },
    },
  },
};

/** Nothing but Fastify, its schema validation and its serialiser: what a careful engineer writes in an hour. */
export function fastifyApp(
  siteKey: string,
  send: (record: ReturnType<typeof recordOf>) => Promise<unknown>,
): FastifyInstance {
  const app = Fastify();
  const takeLink = linkStock();
  app.get('/health/ready', () => ({ status: 'up' }));
  app.post<{ Body: ClickBody }>('/v1/clicks', { schema }, async (request, reply) => {
    if (request.headers.authorization !== `Bearer ${siteKey}`) return reply.code(401).send();
    const link = takeLink();
    const record = recordOf(request.body, link);
    await send(record);
    return reply.code(202).send({ clickId: record.clickId, link: link.url });
  });
  return app;
}
