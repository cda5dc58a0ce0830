import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { explainDisk } from '../infra/cannot-start';
import { ROOTS_SHARED_FOLDER } from './postgres-binaries';
import { canReach, postgresUser } from './unprivileged-user';

/**
 * The folder itself, or where its user cannot reach it (root's clone under /root is closed to others)
 * one of its own under /var/lib, with a link to it at the wanted place.
 */
export async function reachableDataDir(wanted: string): Promise<string> {
  const path = resolve(wanted);
  const user = await postgresUser();
  if (!user) return path;
  await mkdir(dirname(path), { recursive: true });
  if (existsSync(path)) return realpath(path);
  if (await canReach(path, user)) return path;
  const key = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const elsewhere = join(ROOTS_SHARED_FOLDER, 'data', key);
  try {
    await mkdir(elsewhere, { recursive: true });
    await symlink(elsewhere, path);
  } catch (error) {
    throw explainDisk(error, elsewhere);
  }
  return elsewhere;
}
