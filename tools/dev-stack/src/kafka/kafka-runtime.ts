import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { cacheDir, installOnce } from '../infra/cache';
import { messageOf } from '../infra/cannot-start';
import { findJava } from './java';
import { fetchJars, pinnedJars } from './kafka-jars';

/** What it takes to run a class of Kafka: Java, the jars, and an archive of loaded classes. */
export interface KafkaRuntime {
  readonly java: string;
  /** Arguments before the main class. */
  readonly javaArgs: readonly string[];
}

/** Starts and stops a broker in a temporary folder, so that its classes can be recorded. */
export type Rehearsal = (runtime: KafkaRuntime, dataDir: string) => Promise<void>;

/**
 * Finds Java, fetches the jars, and at the first use records the classes a broker loads (application
 * class-data sharing): a start then takes half the time and processor. Without the record all works, slower.
 */
export async function prepareKafka(
  rehearse: Rehearsal,
  onLog?: (line: string) => void,
): Promise<KafkaRuntime> {
  const java = await findJava();
  const { jars } = await pinnedJars();
  const classPath = (await fetchJars(jars, onLog ? { onLog } : {})).join(delimiter);
  const base = [
    '-XX:+UseSerialGC',
    // The second compiler pays off after minutes of load and costs memory and processor until then.
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    '-XX:+ExitOnOutOfMemoryError',
    '-Xlog:disable',
    '-Xlog:all=error:stderr',
    '-cp',
    classPath,
  ];
  const key = createHash('sha256')
    .update(`${java.version}\n${base.join('\n')}`)
    .digest('hex')
    .slice(0, 16);
  const archive = join(cacheDir(), 'kafka-classes', `${key}.jsa`);
  try {
    await installOnce(archive, async (temporary) => {
      onLog?.('preparing Kafka for quick starts (once)');
      const dataDir = await mkdtemp(join(tmpdir(), 'clickjoin-rehearsal-'));
      try {
        await rehearse(
          { java: java.command, javaArgs: [`-XX:ArchiveClassesAtExit=${temporary}`, ...base] },
          dataDir,
        );
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    });
  } catch (error) {
    onLog?.(`Kafka starts without a class archive (${messageOf(error)})`);
  }
  const sharing = existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [];
  return { java: java.command, javaArgs: [...sharing, ...base] };
}
