import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run, Stop, tool } from './run.mjs';
import { inRoot, ROOT } from './workspace.mjs';

const MARK = inRoot('.nx', 'clickjoin-build');
const GROUPS = ['libs', 'services', 'tools'];
/** Inside a service, but built by themselves. */
const NESTED = ['services/click-service/tracker', 'services/dashboard/web'];
const SHARED = ['.swcrc', 'bench', 'nx.json', 'package-lock.json'];
const NO_SOURCES = new Set(['node_modules', 'dist', 'coverage']);

export const nx = (...args) => tool('nx', ...args);

/**
 * Builds what has changed. Nx knows it too, from its cache, but takes seconds to say so; where no file has
 * been touched since the last build it is not asked.
 */
export async function ensureBuilt() {
  const state = fingerprint();
  if (existsSync(MARK) && readFileSync(MARK, 'utf8') === state && allBuilt()) return;
  console.log('building');
  const { code, output } = await run(nx('run-many', '-t', 'build', '--outputStyle=static'), { quiet: true });
  if (code >= 128) process.exit(code);
  if (code !== 0) {
    console.error(output);
    throw new Stop('The build failed: see above.');
  }
  mkdirSync(dirname(MARK), { recursive: true });
  writeFileSync(MARK, state);
}

function projects() {
  return GROUPS.flatMap((group) =>
    readdirSync(inRoot(group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => inRoot(group, entry.name)),
  );
}

function allBuilt() {
  return [...projects(), ...NESTED.map((path) => inRoot(path))].every((project) =>
    existsSync(join(project, 'dist')),
  );
}

/** Of names, sizes and times: reading all sources would take as long as building them. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path.slice(ROOT.length)} ${size} ${mtimeMs}\n`);
  };
  const walk = (path) => {
    if (!statSync(path).isDirectory()) return add(path);
    for (const entry of readdirSync(path).sort()) {
      if (!NO_SOURCES.has(entry)) walk(join(path, entry));
    }
  };
  for (const path of [...projects(), ...SHARED.map((name) => inRoot(name))]) walk(path);
  return hash.digest('hex');
}
