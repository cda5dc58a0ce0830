/** Bare Fastify with a kafkajs send for each request. */
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { fastifyApp } from './fastify-app';
import { peerEnv } from './peer';

async function main(): Promise<void> {
  const { port, brokers, topic, siteKey } = peerEnv();
  const kafka = new Kafka({ clientId: 'peer', brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const app = fastifyApp(siteKey, ({ key, value, headers }) =>
    producer.send({ topic, acks: -1, messages: [{ key, value, headers }] }),
  );
  await app.listen({ port, host: '127.0.0.1' });
}

void main();
