import { appendFileSync, writeSync } from 'node:fs';
import { MetricsRegistry } from '@clickjoin/service-kit';
import { Logger } from '@nestjs/common';
import { DatabaseSettings } from '../database/database-settings';
import { OutboxMetrics } from './outbox-metrics';
import { OutboxRelay } from './outbox-relay';
import { OutboxSignal } from './outbox-signal';

// The output is for the one who waits for the batch.
Logger.overrideLogger(false);

/** A relay in a process of its own whose Kafka is a file. With `stuck`, a batch is in the file and never acknowledged. */
const [, , url = '', prefix = '', service = '', file = '', mode = ''] = process.argv;

const publisher = {
  publishAll: async (records: readonly { key: string }[]): Promise<void> => {
    appendFileSync(file, records.map(({ key }) => `${key}\n`).join(''));
    if (mode !== 'stuck') return;
    writeSync(1, 'published\n');
    await new Promise(() => undefined);
  },
};

new OutboxRelay(
  new DatabaseSettings(url, prefix, service),
  publisher,
  new OutboxSignal(),
  new OutboxMetrics(new MetricsRegistry()),
  Math.random,
  { batchSize: 20 },
).start();
