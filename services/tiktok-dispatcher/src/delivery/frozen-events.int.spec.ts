import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { DatabaseSettings, openDataSource } from '@clickjoin/postgres';
import { testInfra } from '@clickjoin/testing';
import { buildEvent } from '../build-request/build-event';
import { fullChannel, fullConversion, pixelOf } from '../build-request/invented-facts.fixture';
import { writeRequest } from '../build-request/write-request';
import { dropServiceDatabase, newDatabasePrefix, type Place } from '../../test/dispatcher';
import { MIGRATIONS } from '../migrations';
import { SERVICE } from '../service-name';
import { FrozenEventsMigration } from './frozen-events.migration';

const { databaseUrl } = testInfra();
const databasePrefix = newDatabasePrefix();
const settings = new DatabaseSettings(databaseUrl, databasePrefix, SERVICE);
beforeAll(() => {
  Logger.overrideLogger(false);
});
afterAll(() => dropServiceDatabase({ databaseUrl, databasePrefix } as Place));

/** As the version before froze them: with the test event code in the middle. */
function oldBodyOf(wireFormat: '1.0' | '2.0', testEventCode: string | undefined, userAgent: string): string {
  const built = buildEvent(
    { ...fullConversion, visitor: { userAgent } },
    fullChannel,
    pixelOf(wireFormat, testEventCode),
  );
  if (!built.ok) throw new Error(built.explanation);
  const { body } = writeRequest([built.event]);
  if (wireFormat === '2.0' || testEventCode === undefined) return body;
  const code = `,"test_event_code":${JSON.stringify(testEventCode)}`;
  return body.replace(code, '').replace(',"context":', `${code},"context":`);
}

describe('a database of the version before', () => {
  it('keeps its deliveries, and sends the very bytes that it has frozen', async () => {
    const before = MIGRATIONS.slice(0, MIGRATIONS.indexOf(FrozenEventsMigration));
    const old = await openDataSource(settings, { migrations: before });
    const tricky = 'Mozilla "odd" \\ ","test_event_code":"no" {"data":[1]} ü';
    const rows = (['1.0', '2.0'] as const).flatMap((wireFormat) =>
      [undefined, 'TEST12'].map((testEventCode) => ({
        deliveryId: randomUUID(),
        wireFormat,
        testEventCode,
        body: oldBodyOf(wireFormat, testEventCode, tricky),
      })),
    );
    for (const { deliveryId, wireFormat, body } of rows) {
      await old.query(
        `INSERT INTO delivery (delivery_id, conversion_id, join_id, pixel_id, site_id, chat_id, event_id, joined_at, state,
                               revision, attempts, updated_at, next_attempt_at, wire_format, path, event_name, body, logged_at)
         VALUES ($1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '-100', 'e', now(),
                 'retrying', 2, 1, now(), now(), $2, '/x/', 'CompleteRegistration', $3, now())`,
        [deliveryId, wireFormat, body],
      );
    }
    await old.destroy();

    const upgraded = await openDataSource(settings, { migrations: MIGRATIONS });
    try {
      for (const { deliveryId, wireFormat, testEventCode, body } of rows) {
        const [row]: { pixel_code: string; event_json: string; test_event_code: string | null }[] =
          await upgraded.query(
            'SELECT pixel_code, event_json, test_event_code FROM delivery WHERE delivery_id = $1',
            [deliveryId],
          );
        if (row === undefined) throw new Error('the row is gone');
        expect(row.test_event_code).toBe(testEventCode ?? null);
        const request = writeRequest([
          {
            wireFormat,
            pixelCode: row.pixel_code,
            eventName: 'CompleteRegistration',
            eventJson: row.event_json,
            testEventCode: row.test_event_code ?? undefined,
          },
        ]);
        expect(JSON.parse(request.body)).toEqual(JSON.parse(body));
        // Test events are never counted, so the place of their code is free.
        if (testEventCode === undefined || wireFormat === '2.0') expect(request.body).toBe(body);
      }
    } finally {
      await upgraded.destroy();
    }
  });
});
