import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainDisk } from './cannot-start';
import { reaper } from './reaper';

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** A folder that is removed with `remove()`, or by the reaper when this process dies before that. */
export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  let path: string;
  try {
    path = await mkdtemp(join(tmpdir(), `clickjoin-${name}-`));
    // Started by root, PostgreSQL runs as another user, who must be able to pass through.
    await chmod(path, 0o711);
  } catch (error) {
    throw explainDisk(error, tmpdir());
  }
  reaper.removeLater(path);
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
      reaper.keep(path);
    },
  };
}
