import { setTimeout as pause } from 'node:timers/promises';
import {
  type ConversionAttributed,
  type JoinOrganic,
  topics,
  type TopicDefinition,
} from '@clickjoin/contracts';
import { readTopic } from '@clickjoin/dev-stack';
import type { Backlog, Ground, Log } from './ground';

const PATIENCE_MS = 600_000;
const LOOK_EVERY_MS = 50;

/** How many records a topic was ever given. */
export async function recordsIn(log: Log, { name }: TopicDefinition): Promise<number> {
  const ends = await log.client.endOffsets(name);
  return [...ends.values()].reduce((sum, end) => sum + Number(end), 0);
}

/** Resolves as soon as the topic holds so many. @throws after ten minutes */
export async function untilRecords(log: Log, topic: TopicDefinition, count: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let found = await recordsIn(log, topic);
  while (found < count) {
    if (performance.now() > deadline)
      throw new Error(`${topic.name} holds ${found} records and not ${count}`);
    await pause(LOOK_EVERY_MS);
    found = await recordsIn(log, topic);
  }
}

/** @throws when a join was lost, doubled, given to a wrong click, or turned organic: a fast wrong answer is no figure */
export async function checkConversions(ground: Ground, { log, converting }: Backlog): Promise<void> {
  const seen = new Set<string>();
  for (const { conversionId, joinId, clickId } of await eventsOf<ConversionAttributed>(
    ground,
    log,
    topics.conversionAttributed,
  )) {
    if (seen.has(joinId)) throw new Error(`conversion ${conversionId} came twice`);
    if (converting.get(joinId) !== clickId) throw new Error(`conversion ${conversionId} has the wrong click`);
    seen.add(joinId);
  }
  if (seen.size !== converting.size)
    throw new Error(`${seen.size} joins were attributed and not ${converting.size}`);
}

export async function checkOrganics(ground: Ground, { log, joins, converting }: Backlog): Promise<void> {
  const seen = new Set<string>();
  for (const { joinId } of await eventsOf<JoinOrganic>(ground, log, topics.joinOrganic)) {
    if (seen.has(joinId) || converting.has(joinId)) throw new Error(`join ${joinId} is organic by mistake`);
    seen.add(joinId);
  }
  if (seen.size !== joins - converting.size)
    throw new Error(`${seen.size} joins are organic and not ${joins - converting.size}`);
}

/** So that the next run of the same backlog begins with empty outputs. */
export async function emptyOutputs(log: Log): Promise<void> {
  const admin = await log.client.admin();
  for (const { name } of [topics.conversionAttributed, topics.joinOrganic]) {
    const ends = await log.client.endOffsets(name);
    await admin.deleteTopicRecords({
      topic: log.client.nameOf(name),
      partitions: [...ends].map(([partition, end]) => ({ partition, offset: String(end) })),
    });
  }
}

async function eventsOf<T extends object>(
  ground: Ground,
  log: Log,
  { name }: TopicDefinition<T>,
): Promise<T[]> {
  const records = await readTopic(ground.brokers, log.client.nameOf(name));
  return records.map(({ value }) => JSON.parse(String(value)) as T);
}
