import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run, tool } from './run.mjs';

const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** What specs run besides Node and Java: a browser for the pages, and the two proxies of the recipes. */
const PROGRAMS = {
  chromium: {
    variable: 'CHROMIUM_PATH',
    names: ['chromium', 'chromium-browser', 'google-chrome', MAC],
    provide: installChromium,
  },
  nginx: { variable: 'NGINX_PATH', names: ['nginx'], provide: () => unpack('nginx', 'usr/sbin/nginx') },
  caddy: { variable: 'CADDY_PATH', names: ['caddy'], provide: () => unpack('caddy', 'usr/bin/caddy') },
};

/**
 * Finds each program, or gets it: a browser from Debian (as root) or Playwright's own download, the proxies unpacked
 * from their Debian packages into the cache, since installing these would start them as services.
 * @returns {Promise<Record<string, string>>} the variables by which specs find them; one that could not be had is
 * left out, and its specs then say what to install
 */
export async function providePrograms() {
  const env = {};
  for (const [name, { variable, names, provide }] of Object.entries(PROGRAMS)) {
    const path = process.env[variable] || find(names) || (await provide());
    if (path) env[variable] = path;
    else console.log(`${name} could not be had: install it, or say where it is by ${variable}.`);
  }
  return env;
}

/** The administrators' folders too, which are not on everybody's PATH. */
function find(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  const paths = names.flatMap((name) =>
    name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name)),
  );
  return paths.find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function installChromium() {
  if (process.getuid?.() === 0 && find(['apt-get'])) {
    console.log('installing chromium from Debian (once)');
    await refreshPackageLists();
    await succeeds('apt-get', ...PATIENCE, 'install', '--yes', '--no-install-recommends', 'chromium');
    return find(['chromium']);
  }
  console.log("downloading Playwright's Chromium (once)");
  const command = tool('playwright-core', 'install', 'chromium-headless-shell');
  if ((await run(command)).code !== 0) return undefined;
  const asked = [process.execPath, '-p', "require('playwright-core').chromium.executablePath()"];
  const path = (await run(asked, { quiet: true })).output.trim();
  return isExecutable(path) ? path : undefined;
}

async function unpack(name, file) {
  const folder = join(cacheDir(), 'programs', name);
  if (isExecutable(join(folder, file))) return join(folder, file);
  if (!find(['apt-get']) || !find(['dpkg-deb'])) return undefined;
  console.log(`unpacking ${name} from Debian (once)`);
  if (process.getuid?.() === 0) await refreshPackageLists();
  mkdirSync(join(cacheDir(), 'programs'), { recursive: true });
  const temporary = mkdtempSync(`${folder}-`);
  try {
    if (!(await succeeds('sh', '-c', 'cd "$1" && apt-get download "$2"', 'sh', temporary, name)))
      return undefined;
    const [archive] = readdirSync(temporary).filter((entry) => entry.endsWith('.deb'));
    if (archive === undefined) return undefined;
    if (!(await succeeds('dpkg-deb', '-x', join(temporary, archive), join(temporary, 'root'))))
      return undefined;
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(temporary, 'root'), folder);
    return join(folder, file);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** A mirror that hangs, or another apt at work, must not hold the tests up for ever. */
const PATIENCE = ['Acquire::http::Timeout=30', 'Acquire::Retries=3', 'DPkg::Lock::Timeout=120'].flatMap(
  (option) => ['-o', option],
);

let refreshed;
/** A new machine has none, and without them no package is known. */
function refreshPackageLists() {
  return (refreshed ??= succeeds('apt-get', ...PATIENCE, 'update'));
}

/** What a program says on its way is shown only when it fails. */
async function succeeds(...command) {
  const { code, output } = await run(command, { quiet: true, env: { DEBIAN_FRONTEND: 'noninteractive' } });
  if (code !== 0) console.log(output.trim());
  return code === 0;
}

/** As src/infra/cache.ts has it, which is not built yet when this runs. */
function cacheDir() {
  const { CLICKJOIN_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  return CLICKJOIN_CACHE_DIR || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'clickjoin');
}
