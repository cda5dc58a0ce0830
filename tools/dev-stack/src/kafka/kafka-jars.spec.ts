import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotStart } from '../infra/cannot-start';
import { fetchJars, pinnedJars, type PinnedJar } from './kafka-jars';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const jar = (name: string, content: string): PinnedJar => ({
  artifact: `org.example:${name}:1.0`,
  sha256: sha256(content),
  bytes: content.length,
});

describe('fetchJars', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jars-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const serving =
    (content: (artifact: string) => string) =>
    (artifact: string, into: string, name: string): Promise<void> =>
      writeFile(join(into, name), content(artifact));

  it('fetches what is missing, and nothing a second time', async () => {
    const fetched: string[] = [];
    const fetchJar = (artifact: string, into: string, name: string): Promise<void> => {
      fetched.push(artifact);
      return writeFile(join(into, name), artifact);
    };
    const jars = ['a', 'b', 'c'].map((name) => jar(name, `org.example:${name}:1.0`));

    const paths = await fetchJars(jars, { folder, fetchJar });
    await fetchJars(jars, { folder, fetchJar });

    expect(fetched.sort()).toEqual(jars.map(({ artifact }) => artifact));
    await expect(readFile(paths[1] ?? '', 'utf8')).resolves.toBe('org.example:b:1.0');
  });

  it('refuses other bytes than the pinned ones and leaves nothing behind', async () => {
    const fetchJar = serving(() => 'tampered');

    const fetching = fetchJars([jar('a', 'genuine')], { folder, fetchJar, attempts: 2, retryMs: 0 });

    await expect(fetching).rejects.toThrow(CannotStart);
    await expect(fetching).rejects.toThrow(sha256('tampered'));
    await expect(readdir(folder)).resolves.toEqual([]);
  });

  it('tries again when a download fails or arrives damaged', async () => {
    let tries = 0;
    const fetchJar = async (_artifact: string, into: string, name: string): Promise<void> => {
      tries++;
      if (tries === 1) throw new Error('connection reset');
      await writeFile(join(into, name), tries === 2 ? 'half of' : 'whole');
    };

    await fetchJars([jar('a', 'whole')], { folder, fetchJar, retryMs: 0 });

    expect(tries).toBe(3);
    await expect(readdir(folder)).resolves.toHaveLength(1);
  });

  it('says what to do when the repository cannot be reached', async () => {
    const fetchJar = (): Promise<never> => Promise.reject(new Error('getaddrinfo ENOTFOUND'));

    await expect(fetchJars([jar('a', 'x')], { folder, fetchJar, attempts: 1 })).rejects.toThrow(
      /could not be downloaded \(getaddrinfo ENOTFOUND\): check the network/,
    );
  });

  it('lets two runs fetch at once', async () => {
    const jars = Array.from({ length: 20 }, (_, index) => jar(`n${index}`, `org.example:n${index}:1.0`));
    const fetchJar = serving((artifact) => artifact);

    await Promise.all([fetchJars(jars, { folder, fetchJar }), fetchJars(jars, { folder, fetchJar })]);

    await expect(readdir(folder)).resolves.toHaveLength(20);
  });

  it('shows progress', async () => {
    const lines: string[] = [];
    const fetchJar = serving(() => 'x');

    await fetchJars([jar('a', 'x')], { folder, fetchJar, onLog: (line) => lines.push(line) });

    expect(lines[0]).toContain('1 jars');
    expect(lines).toHaveLength(2);
  });
});

describe('kafka-jars.json', () => {
  it('pins each jar once, with a checksum and a size', async () => {
    const { kafka, jars } = await pinnedJars();
    expect(new Set(jars.map(({ artifact }) => artifact)).size).toBe(jars.length);
    expect(jars.map(({ artifact }) => artifact)).toContain(`org.apache.kafka:kafka_2.13:${kafka}`);
    for (const { sha256: checksum, bytes } of jars) {
      expect(checksum).toMatch(/^[0-9a-f]{64}$/);
      expect(bytes).toBeGreaterThan(1000);
    }
  });
});
