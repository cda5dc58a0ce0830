import { Controller, Injectable, Module } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { encode, type SiteConfigured, topics, type UpdateRejected } from '@clickjoin/contracts';
import { BaseConfig, type RunningService, startService } from '@clickjoin/service-kit';
import { eventually, readAll, testInfra, uniquePrefix } from '@clickjoin/testing';
import {
  type BatchTransactions,
  done,
  InjectTable,
  KafkaModule,
  type MoveResult,
  OnTopic,
  type OffsetMove,
  type Outcome,
  Publisher,
  Retriable,
  serviceConsumer,
  SettingsModule,
  type SettingsTable,
  type Slice,
  type SliceContext,
} from '.';

const { updateRejected, site } = topics;

/** Offsets that are gone with the process: what the database does is not tested here. */
@Injectable()
class OffsetsInMemory implements BatchTransactions<string[]> {
  readonly effects: string[] = [];
  private readonly offsets = new Map<string, bigint>();

  position(group: string, topic: string, partition: number): Promise<bigint | undefined> {
    return Promise.resolve(this.offsets.get(`${group}/${topic}/${partition}`));
  }

  async run<R>(
    { group, topic, partition, from, to }: OffsetMove,
    work: (tx: string[]) => Promise<R>,
  ): Promise<MoveResult<R>> {
    const name = `${group}/${topic}/${partition}`;
    if (this.offsets.get(name) !== from) return { kind: 'fenced' };
    const tx: string[] = [];
    const value = await work(tx);
    this.offsets.set(name, to);
    this.effects.push(...tx);
    return { kind: 'committed', value };
  }
}

@Controller()
class Handler {
  tries = 0;

  constructor(@InjectTable(site) readonly sites: SettingsTable<SiteConfigured>) {}

  @OnTopic(updateRejected)
  onUpdateRejected(
    @Payload() slice: Slice<UpdateRejected>,
    @Ctx() { tx }: SliceContext<string[]>,
  ): Promise<Outcome[]> {
    this.tries += 1;
    if (this.tries < 3) throw new Retriable('not yet', { retryAfterMs: 1 });
    tx.push(...slice.messages.map(({ event }) => event.body));
    return Promise.resolve(slice.messages.map(() => done));
  }
}

@Controller()
class PlainHandler {
  @EventPattern(updateRejected.name)
  onUpdateRejected(): Promise<Outcome[]> {
    throw new Retriable('Nest hides this');
  }
}

describe('KafkaModule in a service', () => {
  let service: RunningService<BaseConfig> | undefined;
  let topicPrefix: string;
  let exited: number | undefined;

  async function start(handler: typeof Handler | typeof PlainHandler): Promise<RunningService<BaseConfig>> {
    exited = undefined;
    topicPrefix = uniquePrefix('module');
    @Module({
      imports: [
        KafkaModule.forService({ clientId: 'spec', publishes: [updateRejected, site] }),
        SettingsModule.forTopics([site]),
      ],
      controllers: [handler],
      providers: [OffsetsInMemory],
      exports: [OffsetsInMemory],
    })
    class AppModule {}
    const config = Object.assign(new BaseConfig(), {
      kafkaBrokers: testInfra().brokers.split(','),
      topicPrefix,
      topicPartitions: 2,
      logLevel: 'silent',
    });
    return startService(
      {
        service: 'spec',
        config: BaseConfig,
        module: () => AppModule,
        consumers: (app) => [
          serviceConsumer<string[]>(app, {
            groupId: 'spec',
            topics: [updateRejected],
            offsets: OffsetsInMemory,
          }),
        ],
      },
      config,
      {
        write: () => undefined,
        exit: (code) => {
          exited = code;
        },
      },
    );
  }
  afterEach(async () => {
    await service?.stop();
    service = undefined;
  });

  const rejected = (id: string) =>
    encode(
      updateRejected,
      { botId: '1', receivedAt: '2026-01-01T00:00:00.000Z', reason: 'x', body: id },
      { source: 'spec' },
    );

  it('makes topics, publishes, consumes with the thrown class intact, reads settings, says that it is ready', async () => {
    service = await start(Handler);
    const { app, url } = service;
    const handler = app.get(Handler);
    expect(handler.sites.isReady()).toBe(true);
    await eventually(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200));
    const publisher = app.get(Publisher);
    await publisher.publishAll([rejected('a'), rejected('b')]);
    const event = {
      siteId: '0198c0de-0000-7000-8000-000000000001',
      version: 1,
      configuredAt: '2026-01-01T00:00:00.000Z',
      name: 'Shop',
      allowedOrigins: [],
    };
    await publisher.publish(encode(site, event, { source: 'spec' }));
    await eventually(() => expect(app.get(OffsetsInMemory).effects).toEqual(['a', 'b']));
    await eventually(() => expect(handler.sites.get(event.siteId)?.name).toBe('Shop'));
    expect(handler.tries).toBeGreaterThanOrEqual(3);
    expect(await readAll(`${topicPrefix}${updateRejected.name}.spec.dlq`)).toEqual([]);
    expect(exited).toBeUndefined();
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(
      /clickjoin_kafka_published_records_total\{topic="telegram.update-rejected.v1",service="spec"\} 2/,
    );
    expect(metrics).toMatch(
      /clickjoin_kafka_consumed_messages_total\{topic="telegram.update-rejected.v1",outcome="done",service="spec"\} 2/,
    );
  });

  it('does not start with a handler whose errors Nest would hide', async () => {
    await expect(start(PlainHandler)).rejects.toThrow(
      /mark the handler of telegram.update-rejected.v1 with @OnTopic/,
    );
  });
});
