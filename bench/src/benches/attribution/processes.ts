import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, ServiceProcess } from '@clickjoin/dev-stack';
import type { Ground, Log } from './ground';

/** The same from `bench/src` and from `bench/dist`. */
const WORKSPACE = join(__dirname, '../../../..');
const SERVICE = join(WORKSPACE, 'services', 'attribution-service', 'dist', 'main.js');
const PEER = join(__dirname, 'peer-process.js');

export interface ProcessOptions {
  readonly graceMs?: number;
  /** Continues with the database of this name's prefix; an empty one otherwise. */
  readonly databasePrefix?: string;
}

export const newDatabasePrefix = (): string => `bench_${randomBytes(4).toString('hex')}`;
export const databaseOf = (prefix: string): string => `${prefix}_attribution_service`;

/** The service as it runs in production, not started yet. */
export const attributionService = (
  ground: Ground,
  log: Log,
  options: ProcessOptions = {},
): Promise<ServiceProcess> => processOf('attribution-service', SERVICE, ground, log, options);

export const peer = (ground: Ground, log: Log, options: ProcessOptions = {}): Promise<ServiceProcess> =>
  processOf('peer', PEER, ground, log, options);

async function processOf(
  name: string,
  entry: string,
  ground: Ground,
  log: Log,
  { graceMs = 1_000, databasePrefix = newDatabasePrefix() }: ProcessOptions,
): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  return new ServiceProcess({
    name,
    entry,
    port,
    // As the image runs it.
    sourceMaps: false,
    env: {
      PORT: String(port),
      LOG_LEVEL: 'warn',
      KAFKA_BROKERS: ground.brokers,
      TOPIC_PREFIX: log.prefix,
      DATABASE_URL: ground.databaseUrl,
      DATABASE_PREFIX: databasePrefix,
      GRACE_MS: String(graceMs),
    },
    onLine: (line) => process.stderr.write(`    ${name}: ${line}\n`),
  });
}

/** The most memory that the process has held, in MB; NaN where the system doesn't tell. */
export async function peakMemoryMb({ pid }: ServiceProcess): Promise<number> {
  try {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? [];
    return Number(kilobytes) / 1_024;
  } catch {
    return NaN;
  }
}
