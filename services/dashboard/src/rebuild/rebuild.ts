import { setTimeout as pause } from 'node:timers/promises';
import { KafkaClient } from '@clickjoin/kafka';
import { FencedTransactions } from '@clickjoin/postgres';
import { startService, type RunningService } from '@clickjoin/service-kit';
import type { INestApplicationContext } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { DashboardConfig } from '../config';
import { CONSUMED } from '../consumed-topics';
import { definition } from '../definition';
import { SERVICE } from '../service-name';
import { resetReadModels } from './reset';

export interface RebuildOptions {
  /** Says what is there and what the topics reach, and changes nothing. */
  readonly dryRun: boolean;
  /** For people: progress and result. */
  readonly say: (line: string) => void;
  /** Takes the log lines. */
  readonly write: (line: string) => void;
  readonly sayEveryMs?: number;
}

/** Where each partition of the topics ends, and how many messages lie before that. */
interface Reach {
  readonly messages: bigint;
  readonly ends: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
}

/**
 * Makes the read models anew from the topics, by the handlers of the service itself. May run beside a running
 * dashboard: the positions in the database are the only truth, a batch of the other process that doesn't find its
 * position does nothing, and when this process joins the group all members look theirs up again. Until it is done,
 * screens show what is there so far. Ends when everything is worked off that was in the topics at the beginning.
 * @returns how many messages that was; 0 for a dry run.
 */
export async function rebuild(config: DashboardConfig, options: RebuildOptions): Promise<bigint> {
  const { dryRun, say, sayEveryMs = 2_000 } = options;
  const reach = await inService(config, false, options, async ({ app }) => {
    const found = await reachOf(app);
    await sayWhatIsThere(app, found, say);
    if (!dryRun) await resetReadModels(app.get(DataSource));
    return found;
  });
  if (dryRun) return 0n;
  await inService(config, true, options, ({ app, lifecycle }) =>
    untilDone(app, reach, { say, sayEveryMs, stopping: lifecycle.stopping }),
  );
  return reach.messages;
}

async function inService<R>(
  config: DashboardConfig,
  consumes: boolean,
  { write }: RebuildOptions,
  work: (service: RunningService<DashboardConfig>) => Promise<R>,
): Promise<R> {
  const { consumers = () => [], ...rest } = definition;
  // On a port that nobody knows: the dashboard's own may be taken, by the dashboard.
  const elsewhere = Object.assign(
    Object.create(Object.getPrototypeOf(config) as object) as DashboardConfig,
    config,
    { host: '127.0.0.1', port: 0 },
  );
  const service = await startService({ ...rest, consumers: consumes ? consumers : () => [] }, elsewhere, {
    write,
  });
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}

async function reachOf(app: INestApplicationContext): Promise<Reach> {
  const client = app.get(KafkaClient);
  const ends = new Map<string, ReadonlyMap<number, bigint>>();
  let messages = 0n;
  for (const { name } of CONSUMED) {
    if (!(await client.topicExists(name))) continue;
    const ranges = await client.offsetRanges(name);
    // What is empty has nothing to be worked off, and gets no position.
    const filled = [...ranges].filter(([, { start, end }]) => end > start);
    ends.set(name, new Map(filled.map(([partition, { end }]) => [partition, end])));
    for (const [, { start, end }] of filled) messages += end - start;
  }
  return { messages, ends };
}

async function sayWhatIsThere(
  app: INestApplicationContext,
  { messages }: Reach,
  say: (line: string) => void,
): Promise<void> {
  const rows: readonly { joins: string; oldest: Date | null }[] = await app
    .get(DataSource)
    .query(`SELECT count(*) AS joins, min(joined_at) AS oldest FROM "join"`);
  const { joins = '0', oldest = null } = rows[0] ?? {};
  say(
    `The database holds ${joins} joins${oldest === null ? '' : `, the oldest of ${oldest.toISOString()}`}.`,
  );
  say(`The topics hold ${messages} messages. What is older than the topics reach does not come back.`);
}

interface Watching {
  readonly say: (line: string) => void;
  readonly sayEveryMs: number;
  readonly stopping: AbortSignal;
}

async function untilDone(
  app: INestApplicationContext,
  { messages, ends }: Reach,
  { say, sayEveryMs, stopping }: Watching,
): Promise<void> {
  const transactions = app.get(FencedTransactions);
  const startedAt = performance.now();
  for (;;) {
    let left = 0n;
    for (const [topic, partitions] of ends) {
      const positions = await transactions.positions(SERVICE, topic);
      for (const [partition, end] of partitions) {
        const position = positions.get(partition) ?? 0n;
        if (position < end) left += end - position;
      }
    }
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    if (left === 0n) {
      say(`Done: ${messages} messages in ${seconds} s.`);
      return;
    }
    if (stopping.aborted) throw new Error('stopped before the end; run it again to finish');
    const percent = messages === 0n ? 100n : ((messages > left ? messages - left : 0n) * 100n) / messages;
    say(`${percent} % after ${seconds} s, ${left} messages left`);
    await pause(sayEveryMs);
  }
}
