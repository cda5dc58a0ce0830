import { spawn } from 'node:child_process';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { onLauncherGone } from './launcher-gone.mjs';
import { forwardSignals, Stop } from './run.mjs';
import { TEST_HELP, test } from './test.mjs';
import { inRoot, ROOT } from './workspace.mjs';

const HELP = `Clickjoin ties joins of Telegram channels back to TikTok ad clicks.

  npm run demo              the whole system on throwaway data, with visitors
  npm start                 run it for real, with data kept in .clickjoin/
  npm test                  lint, types, build and all tests
  npm run bench -- <name>   measure

Each says more with -- --help. All of them install and build first what is missing.
`;

const PROGRAMS = {
  demo: inRoot('tools', 'dev-stack', 'dist', 'demo.js'),
  start: inRoot('tools', 'dev-stack', 'dist', 'start.js'),
  bench: inRoot('bench', 'dist', 'main.js'),
};

/** @returns {Promise<number>} the exit code */
export async function main([command, ...args]) {
  try {
    if (command === 'test') return await test(args);
    if (Object.hasOwn(PROGRAMS, command ?? '')) return await program(command, args);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(`\n${error.message}`);
    return 1;
  }
  const asked = command === undefined || command === '--help' || command === '-h' || command === 'help';
  if (!asked) console.error(`There is no command ${command}.\n`);
  console.log(`${HELP}\n${TEST_HELP}`);
  return asked ? 0 : 1;
}

async function program(command, args) {
  await ensureInstalled();
  await ensureBuilt();
  return runToItsEnd(PROGRAMS[command], args);
}

/**
 * The open IPC channel tells the program that its launcher lives: when this process is killed, even with
 * -9, the channel closes and the program stops everything.
 */
function runToItsEnd(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', file, ...args], {
      cwd: ROOT,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    const forward = forwardSignals(child);
    const endWatch = onLauncherGone(() => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      forward.end();
      endWatch();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
