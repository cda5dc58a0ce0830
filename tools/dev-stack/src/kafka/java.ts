import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStart, systemCode } from '../infra/cannot-start';

const run = promisify(execFile);
const OLDEST = 17;

export interface Java {
  readonly command: string;
  /** The full version line, which names vendor and build too: what a class archive is bound to. */
  readonly version: string;
}

/**
 * The Java of `JAVA_HOME`, or the first on the PATH.
 * @throws CannotStart when there is none, or one older than 17 (Kafka 4 brokers need 17).
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<Java> {
  const command = env.JAVA_HOME ? join(env.JAVA_HOME, 'bin', 'java') : 'java';
  const version = await versionOf(command, env);
  const major = /version "(?:1\.)?(\d+)/.exec(version)?.[1];
  if (major === undefined || Number(major) < OLDEST) {
    throw new CannotStart(
      `Kafka needs Java ${OLDEST} or newer, but ${command} is Java ${major ?? 'of an unknown version'}: install a newer one (for example Temurin ${OLDEST}), or set JAVA_HOME to one, or set KAFKA_BROKERS to use a broker of your own.`,
    );
  }
  return { command, version };
}

async function versionOf(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stderr, stdout } = await run(command, ['-version'], { env });
    return `${stderr}${stdout}`.trim();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new CannotStart(
      `Kafka needs Java ${OLDEST} or newer, and ${command} was not found: install a JRE (for example Temurin ${OLDEST}), or set JAVA_HOME to one, or set KAFKA_BROKERS to use a broker of your own.`,
    );
  }
}
