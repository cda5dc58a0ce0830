/** Bare Fastify with our batching Publisher: what the rest of our service costs is the difference to it. */
import { KafkaClient, Publisher } from '@clickjoin/kafka';
import { Logger } from '@nestjs/common';
import { fastifyApp, peerEnv } from './peer';

async function main(): Promise<void> {
  Logger.overrideLogger(false);
  const { port, brokers, topic, secret } = peerEnv();
  const publisher = new Publisher(new KafkaClient({ clientId: 'peer', brokers }));
  await publisher.connect();
  const app = fastifyApp(secret, (record) => publisher.publish({ topic, ...record }));
  await app.listen({ port, host: '127.0.0.1' });
}

void main();
