/** Bare Fastify with our batching Publisher: what the rest of our service costs is the difference to it. */
import { KafkaClient, Publisher } from '@clickjoin/kafka';
import { Logger } from '@nestjs/common';
import { fastifyApp } from './fastify-app';
import { peerEnv } from './peer';

async function main(): Promise<void> {
  Logger.overrideLogger(false);
  const { port, brokers, topic, siteKey } = peerEnv();
  const publisher = new Publisher(new KafkaClient({ clientId: 'peer', brokers }));
  await publisher.connect();
  const app = fastifyApp(siteKey, ({ key, value, headers }) =>
    publisher.publish({ topic, key, value, headers }),
  );
  await app.listen({ port, host: '127.0.0.1' });
}

void main();
