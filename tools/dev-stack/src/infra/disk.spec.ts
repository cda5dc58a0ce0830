import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotStart, explainDisk } from './cannot-start';
import { demandDisk } from './disk';

describe('demandDisk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'disk-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes the folder where there is room', async () => {
    await demandDisk(join(folder, 'a', 'b'), 1);
    expect(existsSync(join(folder, 'a', 'b'))).toBe(true);
  });

  it('says in one sentence that the disk is full', async () => {
    const demanding = demandDisk(folder, Number.MAX_SAFE_INTEGER);
    await expect(demanding).rejects.toThrow(CannotStart);
    await expect(demanding).rejects.toThrow(
      /^The disk that holds .* MB left: free some space and start again\.$/,
    );
  });
});

describe('explainDisk', () => {
  it.each([
    { code: 'ENOSPC', says: 'The disk that holds /data is full: free about 500 MB and start again.' },
    { code: 'EROFS', says: '/data cannot be written: change its permissions or choose another folder.' },
  ])('turns $code into a sentence', ({ code, says }) => {
    const explained = explainDisk(Object.assign(new Error(code), { code }), '/data');
    expect(explained).toBeInstanceOf(CannotStart);
    expect((explained as Error).message).toBe(says);
  });

  it('leaves other errors as they are', () => {
    const other = new Error('something else');
    expect(explainDisk(other, '/data')).toBe(other);
  });
});
