import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import download from 'mvn-artifact-download';
import { cacheDir, installOnce } from '../infra/cache';
import { CannotStart, messageOf, systemCode } from '../infra/cannot-start';

export interface PinnedJar {
  /** Maven coordinates, `group:artifact:version`. */
  readonly artifact: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface JarOptions {
  readonly onLog?: (line: string) => void;
  /** Fetches one jar into `folder/name`; the default asks the Maven repository. */
  readonly fetchJar?: (artifact: string, folder: string, name: string) => Promise<unknown>;
  readonly folder?: string;
  readonly attempts?: number;
  readonly retryMs?: number;
}

const AT_ONCE = 6;
const STALL_MS = 30_000;

/** The jars that make up the broker, pinned by version and SHA-256. */
export async function pinnedJars(): Promise<{ kafka: string; jars: readonly PinnedJar[] }> {
  const text = await readFile(join(__dirname, '../../kafka-jars.json'), 'utf8');
  return JSON.parse(text) as { kafka: string; jars: PinnedJar[] };
}

/**
 * Makes sure that all jars lie in the cache and have their pinned checksums, and returns their paths in
 * a fixed order (a class archive is bound to the class path's order).
 * @throws CannotStart when one cannot be fetched or its bytes are not the pinned ones.
 */
export async function fetchJars(jars: readonly PinnedJar[], options: JarOptions = {}): Promise<string[]> {
  const folder = options.folder ?? join(cacheDir(), 'kafka-jars');
  const paths = jars.map((jar) => join(folder, nameOf(jar)));
  const missing = jars.filter((jar) => !existsSync(join(folder, nameOf(jar))));
  if (missing.length === 0) return paths;

  const total = missing.reduce((sum, jar) => sum + jar.bytes, 0);
  const report = progress(missing.length, total, options.onLog);
  const queue = [...missing];
  const worker = async (): Promise<void> => {
    for (let jar = queue.shift(); jar !== undefined; jar = queue.shift()) {
      await fetchJar(jar, join(folder, nameOf(jar)), options);
      report(jar.bytes);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return paths;
}

function nameOf(jar: PinnedJar): string {
  const [, artifact, version] = jar.artifact.split(':');
  // The checksum in the name makes the cache say what it holds: a changed pin is another file.
  return `${artifact ?? ''}-${version ?? ''}-${jar.sha256.slice(0, 12)}.jar`;
}

async function fetchJar(jar: PinnedJar, path: string, options: JarOptions): Promise<void> {
  const fetch = options.fetchJar ?? fromMaven;
  const attempts = options.attempts ?? 4;
  await installOnce(path, async (temporary) => {
    for (let attempt = 1; ; attempt++) {
      try {
        await fetch(jar.artifact, dirname(temporary), basename(temporary));
        await verify(jar, temporary);
        return;
      } catch (error) {
        if (systemCode(error) === 'ENOSPC') throw error;
        if (attempt === attempts) throw explain(jar, error);
        await pause(options.retryMs ?? 500 * 2 ** attempt);
      }
    }
  });
}

class WrongBytes extends Error {}

async function verify(jar: PinnedJar, path: string): Promise<void> {
  const found = await sha256Of(path);
  if (found !== jar.sha256) throw new WrongBytes(`SHA-256 ${found} instead of the pinned ${jar.sha256}`);
}

function explain(jar: PinnedJar, error: unknown): CannotStart {
  const reason = messageOf(error);
  if (error instanceof WrongBytes) {
    return new CannotStart(
      `${jar.artifact} arrived with ${reason} and was thrown away: check what stands between you and the Maven repository, then start again.`,
    );
  }
  return new CannotStart(
    `${jar.artifact} could not be downloaded (${reason}): check the network, or set CLICKJOIN_MAVEN_URL to a repository you can reach, or KAFKA_BROKERS to a broker of your own.`,
  );
}

async function fromMaven(artifact: string, folder: string, name: string): Promise<void> {
  // A repository's address must end in a slash: the library appends the artifact's path as it is.
  const repository = process.env.CLICKJOIN_MAVEN_URL?.replace(/\/*$/, '/');
  const done = new AbortController();
  try {
    await Promise.race([
      download(artifact, folder, repository, name, { timeout: STALL_MS }),
      // The library never settles when a body breaks off in the middle.
      standstill(join(folder, name), done.signal),
    ]);
  } finally {
    done.abort();
  }
}

/** Rejects when the file has not grown for `STALL_MS`; a slow line may take as long as it needs. */
async function standstill(path: string, signal: AbortSignal): Promise<void> {
  let size = -1;
  for (;;) {
    await pause(STALL_MS, undefined, { ref: false });
    if (signal.aborted) return;
    const now = await stat(path).then(
      (file) => file.size,
      () => 0,
    );
    if (now === size) throw new Error(`no byte in ${STALL_MS} ms`);
    size = now;
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Reports each tenth of the bytes, so that a slow line shows movement without filling the screen. */
function progress(count: number, total: number, onLog?: (line: string) => void): (bytes: number) => void {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  onLog?.(`fetching Kafka: ${count} jars, ${megabytes(total)} MB (once)`);
  let done = 0;
  let shown = 0;
  return (bytes) => {
    done += bytes;
    const tenth = Math.floor((done / total) * 10);
    if (tenth > shown) onLog?.(`fetching Kafka: ${megabytes(done)} of ${megabytes(total)} MB`);
    shown = tenth;
  };
}
