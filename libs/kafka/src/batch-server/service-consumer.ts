import type { INestApplicationContext, Type } from '@nestjs/common';
import type { Clock } from '@clickjoin/contracts';
import { CLOCK, HealthRegistry, Lifecycle } from '@clickjoin/service-kit';
import { KafkaClient } from '../client/kafka-client';
import { Publisher } from '../publisher/publisher';
import { TopicProvisioner } from '../topics/topic-provisioner';
import type { KafkaBatchServerOptions } from './batch-server-options';
import { BatchServerMetrics } from './batch-server.metrics';
import { KafkaBatchServer } from './kafka-batch.server';
import type { BatchTransactions } from './slice';

type FromTheApp = 'client' | 'transactions' | 'publisher' | 'provisioner' | 'clock' | 'onFatal' | 'metrics';

export interface ServiceConsumerOptions<Tx> extends Omit<KafkaBatchServerOptions<Tx>, FromTheApp> {
  /** The provider that keeps the offsets: libs/postgres' FencedTransactions. */
  readonly offsets: Type<BatchTransactions<Tx>>;
}

/**
 * The batch server of a service, from what its modules provide (KafkaModule, service-kit, the database):
 * `consumers: (app) => [serviceConsumer(app, { groupId, topics, offsets: FencedTransactions })]`. The service is
 * ready when the group is joined, and ends when the server can't go on.
 */
export function serviceConsumer<Tx>(
  app: INestApplicationContext,
  { offsets, ...options }: ServiceConsumerOptions<Tx>,
): KafkaBatchServer<Tx> {
  const lifecycle = app.get(Lifecycle);
  const server = new KafkaBatchServer<Tx>({
    ...options,
    client: app.get(KafkaClient),
    publisher: app.get(Publisher),
    provisioner: app.get(TopicProvisioner),
    metrics: app.get(BatchServerMetrics),
    clock: app.get<Clock>(CLOCK),
    transactions: app.get<BatchTransactions<Tx>>(offsets),
    onFatal: (error) => lifecycle.fatal(error, `consumer ${options.groupId} stopped`),
  });
  app
    .get(HealthRegistry)
    .register(`consumer ${options.groupId}`, () =>
      server.isReady() ? { status: 'up' } : { status: 'down', detail: 'no partitions assigned yet' },
    );
  return server;
}
