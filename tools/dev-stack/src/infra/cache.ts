import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { explainDisk, systemCode } from './cannot-start';

/** What was downloaded or unpacked once and serves every run: `CLICKJOIN_CACHE_DIR`, or the user's cache. */
export function cacheDir(): string {
  const { CLICKJOIN_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  if (CLICKJOIN_CACHE_DIR) return CLICKJOIN_CACHE_DIR;
  return join(XDG_CACHE_HOME ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'clickjoin');
}

/**
 * Makes `path` (a file or a folder) by letting `make` write it under another name and renaming it, so
 * that nobody ever sees half of it and two runs that make it at once end up with one whole copy.
 */
export async function installOnce(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // A folder that another run put there first cannot be replaced by a rename: theirs is as good.
    if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '') && existsSync(path)) return;
    throw explainDisk(error, dirname(path));
  }
}
