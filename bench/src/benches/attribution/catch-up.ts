import { topics } from '@clickjoin/contracts';
import type { ServiceProcess } from '@clickjoin/dev-stack';
import type { Sample } from '../../bench';
import type { Backlog, Ground } from './ground';
import { checkConversions, checkOrganics, emptyOutputs, recordsIn, untilRecords } from './outputs';
import { peakMemoryMb } from './processes';

/**
 * Lets the process work off the backlog, from when it is ready until the last conversion is in Kafka.
 * @param decidesOrganics whether it does that part of the work too
 */
export async function catchUp(
  ground: Ground,
  backlog: Backlog,
  worker: ServiceProcess,
  decidesOrganics: boolean,
): Promise<Sample> {
  const { log, events, joins, converting } = backlog;
  await emptyOutputs(log);
  const conversions = await recordsIn(log, topics.conversionAttributed);
  const organics = await recordsIn(log, topics.joinOrganic);
  try {
    await worker.start();
    const startedAt = performance.now();
    await untilRecords(log, topics.conversionAttributed, conversions + converting.size);
    const seconds = (performance.now() - startedAt) / 1_000;
    const memoryMb = await peakMemoryMb(worker);
    if (decidesOrganics) {
      await untilRecords(log, topics.joinOrganic, organics + joins - converting.size);
      await checkOrganics(ground, backlog);
    }
    await checkConversions(ground, backlog);
    return { value: events / seconds, details: { 'peak RSS MB': memoryMb } };
  } finally {
    await worker.stop();
  }
}
