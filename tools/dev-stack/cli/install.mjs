import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { npm, run, Stop } from './run.mjs';
import { inRoot } from './workspace.mjs';

const MARK = inRoot('node_modules', '.clickjoin-lock');

/** Runs `npm ci` unless node_modules is what the lockfile says. */
export async function ensureInstalled() {
  const lock = createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex');
  if (read(MARK) === lock) return;
  if (!installedByHand()) {
    console.log('installing dependencies (once)');
    const { code } = await run(npm('ci', '--no-audit', '--no-fund', '--loglevel=error'));
    if (code >= 128) process.exit(code);
    if (code !== 0) throw new Stop('The dependencies could not be installed: see what npm says above.');
  }
  writeFileSync(MARK, lock);
}

/** npm notes what it installed, and when; a lockfile that is older than that note is installed. */
function installedByHand() {
  const note = inRoot('node_modules', '.package-lock.json');
  return existsSync(note) && statSync(note).mtimeMs >= statSync(inRoot('package-lock.json')).mtimeMs;
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
