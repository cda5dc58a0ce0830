import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotStart } from '../infra/cannot-start';
import { findJava } from './java';

describe('findJava', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'java-home-'));
    await mkdir(join(home, 'bin'));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const install = async (banner: string): Promise<void> => {
    const java = join(home, 'bin', 'java');
    await writeFile(java, `#!/bin/sh\necho '${banner}' >&2\n`);
    await chmod(java, 0o755);
  };

  it.each([
    'openjdk version "17.0.15" 2025-04-15',
    'openjdk version "25" 2025-09-16',
    'java version "21.0.1"',
  ])('takes %s', async (banner) => {
    await install(banner);
    await expect(findJava({ JAVA_HOME: home })).resolves.toEqual({
      command: join(home, 'bin', 'java'),
      version: banner,
    });
  });

  it.each([
    { banner: 'openjdk version "11.0.20"', found: 'Java 11' },
    { banner: 'java version "1.8.0_392"', found: 'Java 8' },
    { banner: 'gij (GNU libgcj)', found: 'Java of an unknown version' },
  ])('refuses $found and says what to do', async ({ banner, found }) => {
    await install(banner);
    const finding = findJava({ JAVA_HOME: home });
    await expect(finding).rejects.toThrow(CannotStart);
    await expect(finding).rejects.toThrow(new RegExp(`${found}: install a newer one`));
  });

  it('says what to do when there is no Java', async () => {
    const finding = findJava({ PATH: home });
    await expect(finding).rejects.toThrow(CannotStart);
    await expect(finding).rejects.toThrow(
      'Kafka needs Java 17 or newer, and java was not found: install a JRE',
    );
  });
});
