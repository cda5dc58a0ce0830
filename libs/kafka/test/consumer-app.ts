import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { topics, type UpdateRejected } from '@clickjoin/contracts';
import { FencedTransactions, OffsetsMigration } from '@clickjoin/postgres';
import { DataSource, type EntityManager } from 'typeorm';
import {
  done,
  KafkaBatchServer,
  type KafkaBatchServerOptions,
  KafkaClient,
  OnTopic,
  type Outcome,
  Publisher,
  type Slice,
  type SliceContext,
  TopicProvisioner,
} from '../src';
import { EffectsMigration } from './effects.migration';

/** An event whose `body` is the message's id and whose key is `botId`. */
export const topic = topics.updateRejected;
export type Event = UpdateRejected;
export type Handler = (slice: Slice<Event>, context: SliceContext<EntityManager>) => Promise<Outcome[]>;

export interface Place {
  readonly brokers: string;
  readonly databaseUrl: string;
  readonly topicPrefix: string;
  readonly groupId: string;
  /** Written into the effects. */
  readonly owner: string;
}

export interface ConsumerApp {
  readonly server: KafkaBatchServer<EntityManager>;
  readonly client: KafkaClient;
  readonly fatal: Promise<Error>;
  close(): Promise<void>;
}

/** With the tables of the offset fence and of the tests. */
export async function openDatabase(databaseUrl: string): Promise<DataSource> {
  const database = await new DataSource({
    type: 'postgres',
    url: databaseUrl,
    poolSize: 6,
    migrations: [OffsetsMigration, EffectsMigration],
  }).initialize();
  await database.runMigrations();
  return database;
}

/** The effect of the tests: one row for each message. */
export async function writeEffects(
  slice: Slice<Event>,
  { tx }: SliceContext<EntityManager>,
  owner: string,
): Promise<Outcome[]> {
  await tx.query(
    `INSERT INTO effect (owner, partition, record_offset, key, id)
     SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::text[])`,
    [
      owner,
      slice.partition,
      slice.messages.map(({ offset }) => String(offset)),
      slice.messages.map(({ key }) => key),
      slice.messages.map(({ event }) => event.body),
    ],
  );
  return slice.messages.map(() => done);
}

/** A service that consumes `topic`, as Nest runs it. */
export async function startConsumerApp(
  place: Place,
  database: DataSource,
  handler: Handler,
  overrides: Partial<KafkaBatchServerOptions<EntityManager>> = {},
): Promise<ConsumerApp> {
  const client = new KafkaClient({
    clientId: place.groupId,
    brokers: place.brokers.split(','),
    topicPrefix: place.topicPrefix,
    partitions: 4,
    requestTimeoutMs: 5_000,
  });
  const publisher = new Publisher(client);
  let onFatal: (error: Error) => void = () => undefined;
  const fatal = new Promise<Error>((resolve) => {
    onFatal = resolve;
  });
  const server = new KafkaBatchServer<EntityManager>({
    client,
    publisher,
    provisioner: new TopicProvisioner(client),
    groupId: place.groupId,
    topics: [topic],
    transactions: new FencedTransactions(database),
    clock: { now: () => Date.now() },
    onFatal,
    maxWaitMs: 100,
    ...overrides,
  });

  @Controller()
  class TestHandler {
    @OnTopic(topic)
    onUpdateRejected(
      @Payload() slice: Slice<Event>,
      @Ctx() context: SliceContext<EntityManager>,
    ): Promise<Outcome[]> {
      return handler(slice, context);
    }
  }
  @Module({ controllers: [TestHandler] })
  class TestModule {}

  const app: INestMicroservice = await NestFactory.createMicroservice(TestModule, {
    strategy: server,
    logger: false,
  });
  const close = async (): Promise<void> => {
    await app.close();
    await publisher.close();
    await client.close();
  };
  try {
    await app.listen();
  } catch (error) {
    await close();
    throw error;
  }
  return { server, client, fatal, close };
}
