import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../infra/free-ports';
import { CannotStart } from '../infra/cannot-start';
import { lockFolder } from './folder-lock';

describe('lockFolder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('lets one in at a time, and says so in one sentence', async () => {
    const lock = await lockFolder(folder);
    const second = lockFolder(folder);
    await expect(second).rejects.toThrow(CannotStart);
    await expect(second).rejects.toThrow(
      `Clickjoin already runs on ${folder} (process ${process.pid}): stop that`,
    );
    await lock.release();
    await (await lockFolder(folder)).release();
  });

  it.each([
    { name: 'whose holder is gone', content: (port: number) => JSON.stringify({ pid: 1, port, token: 't' }) },
    { name: 'that was cut short', content: () => '{"pid":' },
  ])('takes over a lock $name', async ({ content }) => {
    await writeFile(join(folder, 'lock.json'), content(await freePort()));
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(CannotStart);
    await lock.release();
  });

  it('takes over a lock whose port now belongs to a stranger', async () => {
    const other = await mkdtemp(join(tmpdir(), 'lock-'));
    const stranger = await lockFolder(other);
    const { port } = JSON.parse(await readFile(join(other, 'lock.json'), 'utf8')) as { port: number };
    await writeFile(join(folder, 'lock.json'), JSON.stringify({ pid: 1, port, token: 'another' }));
    const lock = await lockFolder(folder);
    await lock.release();
    await stranger.release();
    await rm(other, { recursive: true, force: true });
  });
});
