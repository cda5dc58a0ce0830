import { spawn } from 'node:child_process';
import { inRoot, ROOT } from './workspace.mjs';

/** The user can put it right; the message says how, and is all that is shown. */
export class Stop extends Error {}

/** A command-line tool of the workspace, without the second that npx takes to find it. */
export function tool(name, ...args) {
  return [process.execPath, inRoot('node_modules', '.bin', name), ...args];
}

/** npm as it runs us, else the one on the PATH. */
export function npm(...args) {
  const started = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  return [...started, ...args];
}

/** A script of the root's package.json. */
export function script(name, ...args) {
  return npm('run', '--silent', name, ...args);
}

/**
 * Runs a command of the workspace to its end.
 * @param {string[]} command program and arguments
 * @param {{ quiet?: boolean, env?: Record<string, string> }} options quiet: output is returned, not shown
 * @returns {Promise<{ code: number, output: string }>} code 128 and above: ended by a signal
 */
export function run([program, ...args], { quiet = false, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: false,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => (output += chunk));
    }
    const forward = forwardSignals(child);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      forward.end();
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 143), output });
    });
  });
}

/** Ctrl-C in a terminal reaches the child by itself; a signal sent to this process alone does not. */
export function forwardSignals(child) {
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const handler = () => child.kill(signal);
    process.on(signal, handler);
    return [signal, handler];
  });
  return {
    end: () => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}
