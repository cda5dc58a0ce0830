import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the build of services/dashboard/web lies, seen from `src` as from `dist`. */
export const WEB_ROOT = join(__dirname, '..', '..', 'web', 'dist');

/** Stands in `index.html` where each answer puts a nonce of its own. */
const NONCE_PLACE = '__CSP_NONCE__';

/** The built web UI: read once, since a running service's files don't change. */
export interface WebFiles {
  /** Paths below the root, with `/` between folders; without compressed copies. */
  readonly paths: ReadonlySet<string>;
  page(nonce: string): string;
}

/** Undefined: it was not built. */
export function readWebFiles(root: string): WebFiles | undefined {
  let html: string;
  try {
    html = readFileSync(join(root, 'index.html'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(?:br|gz|map)$/.test(entry.name) && !entry.name.startsWith('.'))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    );
  return { paths: new Set(paths), page: (nonce) => html.replaceAll(NONCE_PLACE, nonce) };
}

/** Vite names them by their content: they never change. */
export const isHashed = (path: string): boolean => path.startsWith('assets/');
