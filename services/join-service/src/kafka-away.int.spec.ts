import { topics } from '@clickjoin/contracts';
import { type RunningKafka, startKafka, temporaryFolder, type TemporaryFolder } from '@clickjoin/dev-stack';
import type { RunningService } from '@clickjoin/service-kit';
import { eventually, produce, readAll, TcpProxy } from '@clickjoin/testing';
import type { JoinServiceConfig } from './config';
import { botRecord, deliver, startJoinService } from './join-service.fixture';
import { memberChange } from './translate/updates.fixture';

const SECRET = 'Zq3_vT-garden-secret';
const joinAt = (date: number): string => JSON.stringify(memberChange({ date }));

/** A Kafka of its own, since it goes away. */
describe('join-service while Kafka is away', () => {
  let folder: TemporaryFolder;
  let kafka: RunningKafka;
  let road: TcpProxy;
  let service: RunningService<JoinServiceConfig>;

  beforeAll(async () => {
    folder = await temporaryFolder('join-kafka-away');
    road = await TcpProxy.listen();
    kafka = await startKafka({ dataDir: folder.path, advertisedPort: road.port });
    road.targetPort = kafka.port;
    const brokers = `127.0.0.1:${road.port}`;
    service = await startJoinService({ KAFKA_BROKERS: brokers, PUBLISH_DEADLINE_MS: '500' });
    await produce(topics.bot.name, [botRecord(1, SECRET)], brokers);
    await eventually(async () =>
      expect((await deliver(service.url, joinAt(1_788_000_000), { secret: SECRET })).status).toBe(200),
    );
  });

  afterAll(async () => {
    road.accept();
    await service.stop();
    await road.close();
    await kafka.kill('SIGKILL');
    await folder.remove();
  });

  it('acknowledges nothing, asks Telegram to come again, and takes it when Kafka is back', async () => {
    road.refuse();
    road.cut();

    // A list, of which one update says nothing: all of it or none.
    const list = `[${joinAt(1_788_000_003)},${joinAt(1_788_000_004)},{"update_id":1}]`;
    expect((await deliver(service.url, list, { secret: SECRET })).status).toBe(503);
    for (const date of [1_788_000_001, 1_788_000_002]) {
      const response = await deliver(service.url, joinAt(date), { secret: SECRET });
      expect({ status: response.status, retryAfter: response.headers.get('retry-after') }).toEqual({
        status: 503,
        retryAfter: '5',
      });
    }
    // An update that says nothing needs no Kafka.
    expect((await deliver(service.url, '{"update_id":1}', { secret: SECRET })).status).toBe(200);
    // One that is not understood does.
    expect((await deliver(service.url, 'no JSON', { secret: SECRET })).status).toBe(503);

    road.accept();
    for (const date of [1_788_000_001, 1_788_000_002]) {
      await eventually(
        async () => expect((await deliver(service.url, joinAt(date), { secret: SECRET })).status).toBe(200),
        { timeoutMs: 40_000 },
      );
    }
    expect((await deliver(service.url, list, { secret: SECRET })).status).toBe(200);
    const records = await readAll(topics.joinReceived.name, `127.0.0.1:${road.port}`);
    // Perhaps more than once, under one id: that is what the id is for.
    expect(new Set(records.map(({ headers }) => headers.ce_time?.toString()))).toEqual(
      new Set([
        '2026-08-29T10:40:00.000Z',
        '2026-08-29T10:40:01.000Z',
        '2026-08-29T10:40:02.000Z',
        '2026-08-29T10:40:03.000Z',
        '2026-08-29T10:40:04.000Z',
      ]),
    );
  });
});
