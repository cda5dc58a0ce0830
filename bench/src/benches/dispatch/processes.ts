import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, ServiceProcess } from '@clickjoin/dev-stack';
import type { Ground, Log } from './ground';

/** The same from `bench/src` and from `bench/dist`. */
const WORKSPACE = join(__dirname, '../../../..');
const SERVICE = join(WORKSPACE, 'services', 'tiktok-dispatcher', 'dist', 'main.js');
const PEER = join(__dirname, 'peer-process.js');

export type Settings = Readonly<Record<string, string>>;

/** The service as it runs in production, not started yet. */
export const dispatcher = (ground: Ground, log: Log, settings: Settings = {}): Promise<ServiceProcess> =>
  processOf('tiktok-dispatcher', SERVICE, ground, log, settings);

/** graphile-worker with the same log, database and TikTok. */
export const peer = (ground: Ground, log: Log, settings: Settings = {}): Promise<ServiceProcess> =>
  processOf('peer', PEER, ground, log, settings);

async function processOf(
  name: string,
  entry: string,
  ground: Ground,
  log: Log,
  settings: Settings,
): Promise<ServiceProcess> {
  const [port = 0] = await freePorts(1);
  return new ServiceProcess({
    name,
    entry,
    port,
    env: {
      PORT: String(port),
      // The peer writes nothing either.
      LOG_LEVEL: 'error',
      KAFKA_BROKERS: ground.brokers,
      TOPIC_PREFIX: log.topicPrefix,
      DATABASE_URL: ground.databaseUrl,
      DATABASE_PREFIX: log.run,
      SECRET_KEYS: ground.secretKeys,
      TIKTOK_API_URL: ground.tiktok.url,
      ALLOW_PRIVATE_TIKTOK_URL: 'true',
      INTERNAL_API_TOKEN: 'bench-internal-token-of-nobody-0001',
      ...settings,
    },
    onLine: (line) => process.stderr.write(`    ${name}: ${line}\n`),
  });
}

/** The most memory that the process has held, in MB, and the seconds of CPU it has used; NaN where the system doesn't tell. */
export async function usageOf({ pid }: ServiceProcess): Promise<{ peakMb: number; cpuSeconds: number }> {
  try {
    const [status, stat] = await Promise.all([
      readFile(`/proc/${String(pid)}/status`, 'utf8'),
      readFile(`/proc/${String(pid)}/stat`, 'utf8'),
    ]);
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? [];
    // After the command's closing parenthesis: utime and stime, in hundredths.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      peakMb: Number(kilobytes) / 1_024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    };
  } catch {
    return { peakMb: NaN, cpuSeconds: NaN };
  }
}
