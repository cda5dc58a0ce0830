import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptSecrets, makeSecrets } from './secrets';

describe('keptSecrets', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes them once, readable by the owner only, and finds them again', async () => {
    const file = join(folder, 'new', 'secrets.env');
    const made = await keptSecrets(file);
    const found = await keptSecrets(file);
    expect(made.isNew).toBe(true);
    expect(found).toEqual({ ...made, isNew: false });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('does not replace a damaged file: the old key may still be in it', async () => {
    const file = join(folder, 'secrets.env');
    await writeFile(file, 'SECRET_KEYS=first:AAAA\n');
    await expect(keptSecrets(file)).rejects.toThrow('lacks SECRET_KEYS or ADMIN_PASSWORD');
    await expect(readFile(file, 'utf8')).resolves.toBe('SECRET_KEYS=first:AAAA\n');
  });

  it('adds the token of the internal API to a file from before there was one, once', async () => {
    const file = join(folder, 'secrets.env');
    await writeFile(file, 'SECRET_KEYS=first:AAAA\nADMIN_PASSWORD=invented');
    const { internalApiToken, isNew } = await keptSecrets(file);
    expect(isNew).toBe(false);
    expect(internalApiToken).toMatch(/^[\w-]{43}$/);
    await expect(keptSecrets(file)).resolves.toEqual({
      secretKeys: 'first:AAAA',
      adminPassword: 'invented',
      internalApiToken,
      isNew: false,
    });
  });
});

describe('makeSecrets', () => {
  it('makes a key of 32 bytes with an id', () => {
    const [id, key] = makeSecrets().secretKeys.split(':');
    expect(id).toBe('first');
    expect(Buffer.from(key ?? '', 'base64')).toHaveLength(32);
  });
});
