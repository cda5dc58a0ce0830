import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const EVERY_MS = 2000;

/**
 * Calls back when npm, which started this process through a shell, is gone: killed with -9 it cannot pass
 * that on, and the shell in between waits for us for ever. Nothing is watched when npm did not start us.
 * @returns {() => void} ends the watch
 */
export function onLauncherGone(callback, env = process.env) {
  if (!env.npm_lifecycle_event) return () => undefined;
  const before = launchers();
  const timer = setInterval(() => {
    if (launchers() === before) return;
    clearInterval(timer);
    callback();
  }, EVERY_MS);
  return () => clearInterval(timer);
}

/** The parent and, where that is a shell, its parent: an orphan is given to another process. */
function launchers() {
  const { ppid } = process;
  const { parent, command } = look(ppid);
  return command.startsWith('npm') ? `${ppid}` : `${ppid} ${parent}`;
}

function look(pid) {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, command = '', rest = ''] = /\((.*)\) (.*)/s.exec(stat) ?? [];
      return { command, parent: rest.split(' ')[1] };
    }
    const [parent = '', ...command] = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], {
      encoding: 'utf8',
    })
      .trim()
      .split(/\s+/);
    return { command: command.join(' '), parent };
  } catch {
    return { command: '', parent: '' };
  }
}
